import { Body, Controller, HttpCode, Param, Post, UseInterceptors } from '@nestjs/common';
import { z } from 'zod';
import type { Principal } from '@app/accounts';
import { TRANSFER_KINDS } from '@app/domain';
import { CaseOnward } from '@app/response';
import { Allow } from './allow';
import { CaseAct } from './case-act';
import { OnceInterceptor } from './once.interceptor';
import { Me } from './principal';
import { id, typed, ZodPipe } from './zod.pipe';

const reason = typed(1000, 2);
const transfer = z.strictObject({
  kind: z.enum(TRANSFER_KINDS, `须为其中之一：${TRANSFER_KINDS.join('、')}`),
  to: typed(100, 2),
  reason,
});
const reopen = z.strictObject({ reason });

/** 转上级、转办 and 重新办理: out of the house and back. */
@UseInterceptors(OnceInterceptor)
@Controller('api/v1/cases/:id')
export class CaseOnwardController {
  constructor(
    private readonly onward: CaseOnward,
    private readonly act: CaseAct,
  ) {}

  @Post('transfer')
  @HttpCode(200)
  @Allow('case.transfer')
  transfer(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) caseId: string, @Body(new ZodPipe(transfer)) b: z.infer<typeof transfer>) {
    return this.act.onCase(me, caseId, 'transfer', b, (by) => this.onward.transfer(by, caseId, b));
  }

  @Post('reopen')
  @HttpCode(200)
  @Allow('case.reopen')
  reopen(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) caseId: string, @Body(new ZodPipe(reopen)) b: z.infer<typeof reopen>) {
    return this.act.onCase(me, caseId, 'reopen', b, (by) => this.onward.reopen(by, caseId, b.reason));
  }
}
