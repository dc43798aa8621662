import { Body, Controller, Get, HttpCode, Param, Post, UseInterceptors } from '@nestjs/common';
import { z } from 'zod';
import type { Principal } from '@app/accounts';
import { maySee, type WireMergeView } from '@app/domain';
import { CaseMerge, CaseSplit, MergeBoard } from '@app/response';
import { Allow } from './allow';
import { CaseAct } from './case-act';
import { OnceInterceptor } from './once.interceptor';
import { Me } from './principal';
import { Sight } from './sight';
import { id, typed, ZodPipe } from './zod.pipe';

const MAX_ITEMS = 200;
const reason = typed(1000, 2);
const merge = z.strictObject({ caseId: id, reason });
const split = z.strictObject({
  itemIds: z.array(id, '须为信息编号的列表').min(1, '至少选择一条信息').max(MAX_ITEMS, `一次至多 ${MAX_ITEMS} 条`),
  reason,
});
const undo = z.strictObject({ reason });

/** Cases that are one event become one, items of another event leave; whoever may judge a case may do so. */
@UseInterceptors(OnceInterceptor)
@Controller('api/v1/cases/:id')
export class CaseMergeController {
  constructor(
    private readonly merging: CaseMerge,
    private readonly splitting: CaseSplit,
    private readonly board: MergeBoard,
    private readonly sight: Sight,
    private readonly act: CaseAct,
  ) {}

  /** Similar open cases, what was merged into this one, what it was merged into. */
  @Get('similar')
  @Allow('case.read')
  async similar(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) caseId: string): Promise<WireMergeView> {
    await this.sight.caseSeen(me, caseId);
    return this.board.load(caseId, (row) => maySee(me, row));
  }

  /** Of the two the case detected first survives; the answer says which. */
  @Post('merge')
  @HttpCode(200)
  @Allow('case.override')
  async merge(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) caseId: string,
    @Body(new ZodPipe(merge)) b: z.infer<typeof merge>,
  ) {
    await this.sight.caseSeen(me, b.caseId);
    return this.act.onCase(me, caseId, 'merge', b, (by) => this.merging.merge(by, caseId, b.caseId, b.reason));
  }

  /** Of a merged case. */
  @Post('unmerge')
  @HttpCode(200)
  @Allow('case.override')
  unmerge(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) caseId: string,
    @Body(new ZodPipe(undo)) b: z.infer<typeof undo>,
  ) {
    return this.act.onCase(me, caseId, 'unmerge', b, (by) => this.merging.unmerge(by, caseId, b.reason));
  }

  @Post('split')
  @HttpCode(200)
  @Allow('case.override')
  split(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) caseId: string,
    @Body(new ZodPipe(split)) b: z.infer<typeof split>,
  ) {
    return this.act.onCase(me, caseId, 'split', b, (by) => this.splitting.split(by, caseId, b.itemIds, b.reason));
  }
}
