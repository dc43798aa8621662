import { Controller, Get } from '@nestjs/common';
import { DepartmentBook } from '@app/accounts';
import { Allow } from './allow';

@Controller('api/v1/departments')
export class DepartmentController {
  constructor(private readonly book: DepartmentBook) {}

  @Get()
  @Allow('department.read')
  async list() {
    return { departments: await this.book.list() };
  }
}
