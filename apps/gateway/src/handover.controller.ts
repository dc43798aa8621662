import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { AuditChain, type Principal } from '@app/accounts';
import { HandoverDesk } from '@app/response';
import { Allow } from './allow';
import { CaseSearch } from './case-search';
import { Me } from './principal';
import { orRefuse, Problem } from './problem';
import { RegionSight } from './region-sight';
import { count, id, typed, ZodPipe } from './zod.pipe';

const query = z.strictObject({ beforeId: id.optional(), limit: count(50, 10) });
const note = z.strictObject({ note: typed(4000, 2) });
const receipt = z.strictObject({ remark: typed(500, 0).default('') });

/** 交接班. */
@Controller('api/v1/handovers')
export class HandoverController {
  constructor(
    private readonly desk: HandoverDesk,
    private readonly cases: CaseSearch,
    private readonly audit: AuditChain,
    private readonly regions: RegionSight,
  ) {}

  @Get()
  @Allow('handover.read')
  async list(@Me() me: Principal, @Query(new ZodPipe(query)) q: z.infer<typeof query>) {
    const near = await this.regions.accountsNear(me);
    const handovers = await this.desk.list(me, q.limit, q.beforeId ?? null);
    // What one desk hands on is not for a desk of the neighbouring county.
    return { handovers: handovers.filter((h) => near?.has(h.writtenBy) ?? true) };
  }

  @Post()
  @Allow('handover.write')
  async write(@Me() me: Principal, @Body(new ZodPipe(note)) body: z.infer<typeof note>) {
    const [open, totals] = await Promise.all([this.cases.open(me), this.cases.totals(me)]);
    const { id: made } = orRefuse(
      await this.desk.write(me.accountId, body.note, open, totals, (tx, written) => this.audit.append({ actor: me.username, action: 'handover.write', object: `handover:${written}` }, tx)),
    );
    return { id: made };
  }

  @Post(':id/take')
  @HttpCode(200)
  @Allow('handover.write')
  async take(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) handoverId: string,
    @Body(new ZodPipe(receipt)) body: z.infer<typeof receipt>,
  ) {
    const near = await this.regions.accountsNear(me);
    const writer = near === null ? null : await this.desk.writerOf(handoverId);
    if (near !== null && (writer === null || !near.has(writer))) throw new Problem(404, `没有编号为 ${handoverId} 的交接班`);
    const entry = { actor: me.username, action: 'handover.take', object: `handover:${handoverId}` };
    orRefuse(await this.desk.take(me.accountId, handoverId, body.remark, (tx) => this.audit.append(entry, tx)));
    return { id: handoverId };
  }
}
