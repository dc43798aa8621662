import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { AuditChain } from '@app/accounts';
import { beijingIso } from '@app/domain';
import { Allow } from './allow';
import { count, id, typed, ZodPipe } from './zod.pipe';

const query = z.strictObject({
  beforeId: id.optional(),
  limit: count(500, 100),
  actor: typed(64).optional(),
  action: typed(64).optional(),
});

@Controller('api/v1/audit')
export class AuditController {
  constructor(private readonly chain: AuditChain) {}

  @Get()
  @Allow('audit.read')
  async list(@Query(new ZodPipe(query)) filter: z.infer<typeof query>) {
    const records = await this.chain.list(filter);
    return { records: records.map((r) => ({ ...r, at: beijingIso(r.at) })) };
  }
}
