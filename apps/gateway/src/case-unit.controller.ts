import { Body, Controller, HttpCode, Param, Post, UseInterceptors } from '@nestjs/common';
import { z } from 'zod';
import type { Principal } from '@app/accounts';
import { CaseUnits } from '@app/response';
import { Allow } from './allow';
import { CaseAct } from './case-act';
import { OnceInterceptor } from './once.interceptor';
import { Me } from './principal';
import { Sight } from './sight';
import { id, typed, ZodPipe } from './zod.pipe';

const reason = typed(1000, 2);
const support = z.strictObject({ departmentId: typed(64), task: reason });
const relieve = z.strictObject({ departmentId: typed(64), reason });
const giveBack = z.strictObject({ reason });
/** `departmentId`: the desk signs or answers for a unit that is on the telephone; a unit's own people leave it out. */
const reply = z.strictObject({ text: typed(10_000, 2), departmentId: typed(64).nullish() });
const signFor = z.strictObject({ departmentId: typed(64).nullish() });

/** 补充交办、解除协办、退回、签收、部门答复: what concerns one unit of a case. */
@UseInterceptors(OnceInterceptor)
@Controller('api/v1/cases/:id')
export class CaseUnitController {
  constructor(
    private readonly units: CaseUnits,
    private readonly act: CaseAct,
    private readonly sight: Sight,
  ) {}

  @Post('support')
  @HttpCode(200)
  @Allow('case.assign')
  async support(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) caseId: string, @Body(new ZodPipe(support)) b: z.infer<typeof support>) {
    await this.sight.caseSeen(me, caseId);
    await this.sight.departmentSeen(me, b.departmentId);
    return this.act.onCase(me, caseId, 'support', b, (by) => this.units.support(by, caseId, b.departmentId, b.task));
  }

  @Post('relieve')
  @HttpCode(200)
  @Allow('case.assign')
  relieve(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) caseId: string, @Body(new ZodPipe(relieve)) b: z.infer<typeof relieve>) {
    return this.act.onCase(me, caseId, 'relieve', b, (by) => this.units.relieve(by, caseId, b.departmentId, b.reason));
  }

  @Post('return')
  @HttpCode(200)
  @Allow('case.return')
  giveBack(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) caseId: string, @Body(new ZodPipe(giveBack)) b: z.infer<typeof giveBack>) {
    return this.act.onCase(me, caseId, 'return', b, (by) => this.units.giveBack(by, caseId, b.reason));
  }

  @Post('sign-for')
  @HttpCode(200)
  @Allow('case.sign-for')
  signFor(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) caseId: string, @Body(new ZodPipe(signFor)) b: z.infer<typeof signFor>) {
    return this.act.onCase(me, caseId, 'sign-for', b, (by) => this.units.signFor(by, caseId, b.departmentId ?? null));
  }

  @Post('reply')
  @HttpCode(200)
  @Allow('case.reply')
  reply(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) caseId: string, @Body(new ZodPipe(reply)) b: z.infer<typeof reply>) {
    return this.act.onCase(me, caseId, 'reply', b, (by) => this.units.reply(by, caseId, b.text, b.departmentId ?? null));
  }
}
