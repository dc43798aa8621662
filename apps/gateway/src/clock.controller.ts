import { Body, Controller, Get, HttpCode, Param, Post, UseInterceptors } from '@nestjs/common';
import { z } from 'zod';
import type { Principal } from '@app/accounts';
import { Board, ClockDesk, SheetChecker } from '@app/response';
import { Allow } from './allow';
import { CaseAct } from './case-act';
import { OnceInterceptor } from './once.interceptor';
import { Me } from './principal';
import { Problem } from './problem';
import { Sight } from './sight';
import { id, typed, ZodPipe } from './zod.pipe';

const decision = { reason: typed(1000, 2), basis: typed(500, 2), approver: typed(100) };
const suspend = z.strictObject(decision);
const resume = z.strictObject({ reason: typed(1000, 0).nullish() });
const extend = z.strictObject({
  ...decision,
  term: z.strictObject({
    unit: z.enum(['hours', 'natural_days', 'working_days'], '须为 hours、natural_days 或 working_days'),
    amount: z.number('须为数字').positive('须大于 0').max(10_000, '过大'),
  }),
});

/** 中止、恢复、延长 of a term, and its derivation sheet. */
@UseInterceptors(OnceInterceptor)
@Controller('api/v1/clocks/:id')
export class ClockController {
  constructor(
    private readonly desk: ClockDesk,
    private readonly sight: Sight,
    private readonly act: CaseAct,
    private readonly board: Board,
    private readonly checker: SheetChecker,
  ) {}

  @Post('suspend')
  @HttpCode(200)
  @Allow('clock.suspend')
  suspend(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) clockId: string,
    @Body(new ZodPipe(suspend)) b: z.infer<typeof suspend>,
  ) {
    return this.act.onClock(me, clockId, 'suspend', b, (by) => this.desk.suspendClock(by, clockId, b));
  }

  @Post('resume')
  @HttpCode(200)
  @Allow('clock.resume')
  resume(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) clockId: string,
    @Body(new ZodPipe(resume)) b: z.infer<typeof resume>,
  ) {
    return this.act.onClock(me, clockId, 'resume', b, (by) =>
      this.desk.resumeClock(by, clockId, b.reason || '中止原因消除，恢复计时'),
    );
  }

  @Post('extend')
  @HttpCode(200)
  @Allow('clock.extend')
  extend(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) clockId: string,
    @Body(new ZodPipe(extend)) b: z.infer<typeof extend>,
  ) {
    return this.act.onClock(me, clockId, 'extend', b, (by) => this.desk.extendClock(by, clockId, b));
  }

  /** 期限计算书, as stored and as computed anew; `caseTitle` heads the printed page. */
  @Get('derivation')
  @Allow('clock.read')
  async derivation(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) clockId: string) {
    const caseId = await this.sight.clockSeen(me, clockId);
    const [clock, [file]] = await Promise.all([this.board.loadClock(clockId), this.board.loadSummaries([caseId])]);
    if (!clock || !file) throw new Problem(404, `没有编号为 ${clockId} 的时限`);
    const { derivation, ...shown } = clock;
    const recomputed = await this.checker.check(derivation);
    return { clock: shown, derivation, recomputed, caseId, caseCode: file.code, caseTitle: file.title };
  }
}
