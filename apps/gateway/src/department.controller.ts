import { Controller, Get } from '@nestjs/common';
import { DepartmentBook, type Principal } from '@app/accounts';
import { Allow } from './allow';
import { Me } from './principal';
import { RegionSight } from './region-sight';

@Controller('api/v1/departments')
export class DepartmentController {
  constructor(
    private readonly book: DepartmentBook,
    private readonly regions: RegionSight,
  ) {}

  @Get()
  @Allow('department.read')
  async list(@Me() me: Principal) {
    const all = await this.book.list();
    return { departments: all.filter((d) => d.id === me.departmentId || this.regions.sees(me, d.region)) };
  }
}
