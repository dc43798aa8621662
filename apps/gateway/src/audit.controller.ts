import { Controller, Get, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { AuditChain, type AuditRecord, auditCsvHead, auditCsvLine, type Principal } from '@app/accounts';
import { beijingIso } from '@app/domain';
import { Allow } from './allow';
import { Answers } from './answers';
import { Me } from './principal';
import { count, id, instant, typed, ZodPipe } from './zod.pipe';

const filter = {
  actor: typed(64).optional(),
  action: typed(64).optional(),
  object: typed(100).optional(),
  from: instant.optional(),
  to: instant.optional(),
};
const query = z.strictObject({ beforeId: id.optional(), limit: count(500, 100), ...filter });
const wanted = z.strictObject({
  format: z.enum(['csv', 'jsonl'], '须为其中之一：csv、jsonl').default('csv'),
  ...filter,
});
const PAGE = 500;

/** 审计: who did what. Reading it changes nothing; taking it away is itself an act that stands in it. */
@Controller('api/v1/audit')
export class AuditController {
  constructor(private readonly chain: AuditChain) {}

  /** Newest first; `next`: older ones go on before this id. */
  @Get()
  @Allow('audit.read')
  async list(@Query(new ZodPipe(query)) q: z.infer<typeof query>) {
    const records = await this.chain.list(q);
    return { records: records.map(wire), next: records.length === q.limit ? records.at(-1)!.id : null };
  }

  /** Walks the whole chain. */
  @Get('verify')
  @Allow('audit.read')
  async verify() {
    const state = await this.chain.verify();
    return { ok: state.broken === null, ...state };
  }

  /** Every record of the filter, the newest first, as CSV for a spreadsheet or as JSON Lines with the hashes as stored. */
  @Get('export')
  @Answers('text/csv', 'application/x-ndjson')
  @Allow('audit.read')
  async export(
    @Me() me: Principal,
    @Query(new ZodPipe(wanted)) q: z.infer<typeof wanted>,
    @Res() response: Response,
  ): Promise<void> {
    await this.chain.append({ actor: me.username, action: 'audit.export', data: { ...q } });
    const csv = q.format === 'csv';
    response.setHeader('content-type', csv ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8');
    response.setHeader('content-disposition', `attachment; filename="huiying-audit.${q.format}"`);
    if (csv) response.write(auditCsvHead());
    for (let beforeId: string | undefined; ;) {
      const records = await this.chain.list({ ...q, beforeId, limit: PAGE });
      for (const r of records) response.write(csv ? auditCsvLine(r) : `${JSON.stringify(r)}\n`);
      if (records.length < PAGE) break;
      beforeId = records.at(-1)!.id;
    }
    response.end();
  }
}

const wire = (r: AuditRecord) => ({ ...r, at: beijingIso(r.at) });
