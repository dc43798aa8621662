import { Controller, Get, Param } from '@nestjs/common';
import type { Principal } from '@app/accounts';
import { Allow } from './allow';
import { CaseSpread } from './case-spread';
import { Me } from './principal';
import { Sight } from './sight';
import { id, ZodPipe } from './zod.pipe';

@Controller('api/v1/cases/:id/spread')
export class CaseSpreadController {
  constructor(
    private readonly spread: CaseSpread,
    private readonly sight: Sight,
  ) {}

  @Get()
  @Allow('case.read')
  async one(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) caseId: string) {
    await this.sight.caseSeen(me, caseId);
    return this.spread.load(caseId);
  }
}
