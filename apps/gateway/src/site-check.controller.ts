import { Controller, Get, Param, Query, StreamableFile } from '@nestjs/common';
import { z } from 'zod';
import { AuditChain, type Principal } from '@app/accounts';
import { SiteFindings, SourceBook } from '@app/response';
import { Allow } from './allow';
import { Answers } from './answers';
import { Me } from './principal';
import { Problem } from './problem';
import { scopeSql } from './scope';
import { id, ZodPipe } from './zod.pipe';

const query = z.strictObject({ state: z.enum(['open', 'resolved'], '须为 open 或 resolved').default('open') });

/** 网站检查: what is wrong on the government's own watched pages. */
@Controller('api/v1/site-findings')
export class SiteCheckController {
  constructor(
    private readonly findings: SiteFindings,
    private readonly sources: SourceBook,
    private readonly audit: AuditChain,
  ) {}

  @Get()
  @Allow('source.read')
  async list(@Me() me: Principal, @Query(new ZodPipe(query)) q: z.infer<typeof query>) {
    const found = await this.findings.list(
      scopeSql(me, 'f.department_id', 'f.supporting', 'f.region', 1),
      q.state === 'open',
    );
    return { findings: found.map((f) => ({ ...f, sourceTitle: this.sources.titleOf(f.sourceName) ?? f.sourceName })) };
  }

  /** The page as it was when the finding was made: unmasked, so the right is that of the unmasked text, and it stands in the audit. */
  @Get(':id/warc')
  @Answers('application/warc')
  @Allow('item.reveal')
  async warc(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) findingId: string): Promise<StreamableFile> {
    const bytes = await this.findings.warcOf(scopeSql(me, 'f.department_id', 'f.supporting', 'f.region', 1), findingId);
    if (!bytes) throw new Problem(404, '这条发现没有页面存档（打不开的页面没有存档；整改后超过保存期限的已删除）');
    await this.audit.append({ actor: me.username, action: 'site-finding.warc', object: `site-finding:${findingId}` });
    return new StreamableFile(bytes, {
      type: 'application/warc',
      disposition: `attachment; filename="finding-${findingId}.warc.gz"`,
      length: bytes.length,
    });
  }
}
