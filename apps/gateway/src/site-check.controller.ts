import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import type { Principal } from '@app/accounts';
import { SiteFindings, SourceBook } from '@app/response';
import { Allow } from './allow';
import { Me } from './principal';
import { scopeSql } from './scope';
import { ZodPipe } from './zod.pipe';

const query = z.strictObject({ state: z.enum(['open', 'resolved'], '须为 open 或 resolved').default('open') });

/** 网站检查: what is wrong on the government's own watched pages. */
@Controller('api/v1/site-findings')
export class SiteCheckController {
  constructor(
    private readonly findings: SiteFindings,
    private readonly sources: SourceBook,
  ) {}

  @Get()
  @Allow('source.read')
  async list(@Me() me: Principal, @Query(new ZodPipe(query)) q: z.infer<typeof query>) {
    const found = await this.findings.list(scopeSql(me, 'f.department_id', 'f.supporting', 'f.region', 1), q.state === 'open');
    return { findings: found.map((f) => ({ ...f, sourceTitle: this.sources.titleOf(f.sourceName) ?? f.sourceName })) };
  }
}
