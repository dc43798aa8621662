import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { AuditChain, type Principal } from '@app/accounts';
import { HandoverDesk } from '@app/response';
import { Allow } from './allow';
import { CaseSearch } from './case-search';
import { Me } from './principal';
import { orRefuse } from './problem';
import { count, id, typed, ZodPipe } from './zod.pipe';

const query = z.strictObject({ beforeId: id.optional(), limit: count(50, 10) });
const note = z.strictObject({ note: typed(4000, 2) });
const receipt = z.strictObject({ remark: z.string('须为文字').trim().max(500, '最多 500 个字').default('') });

/** 交接班. */
@Controller('api/v1/handovers')
export class HandoverController {
  constructor(
    private readonly desk: HandoverDesk,
    private readonly cases: CaseSearch,
    private readonly audit: AuditChain,
  ) {}

  @Get()
  @Allow('handover.read')
  async list(@Me() me: Principal, @Query(new ZodPipe(query)) q: z.infer<typeof query>) {
    return { handovers: await this.desk.list(me, q.limit, q.beforeId ?? null) };
  }

  @Post()
  @Allow('handover.write')
  async write(@Me() me: Principal, @Body(new ZodPipe(note)) body: z.infer<typeof note>) {
    const [open, totals] = await Promise.all([this.cases.open(me), this.cases.totals(me)]);
    const { id: made } = orRefuse(await this.desk.write(me.accountId, body.note, open, totals));
    await this.audit.append({ actor: me.username, action: 'handover.write', object: `handover:${made}`, data: {} });
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
    orRefuse(await this.desk.take(me.accountId, handoverId, body.remark));
    await this.audit.append({ actor: me.username, action: 'handover.take', object: `handover:${handoverId}`, data: {} });
    return { id: handoverId };
  }
}
