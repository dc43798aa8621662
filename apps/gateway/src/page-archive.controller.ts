import { Controller, Get, Param, StreamableFile } from '@nestjs/common';
import { AuditChain, type Principal } from '@app/accounts';
import { PageArchive } from '@app/response';
import { Allow } from './allow';
import { Answers } from './answers';
import { Me } from './principal';
import { Problem } from './problem';
import { Sight } from './sight';
import { id, ZodPipe } from './zod.pipe';

/** The pages of a case as they were fetched: unmasked, so the right is that of the unmasked text, and it stands in the audit. */
@Controller('api/v1/cases/:id')
export class PageArchiveController {
  constructor(
    private readonly archive: PageArchive,
    private readonly sight: Sight,
    private readonly audit: AuditChain,
  ) {}

  @Get('warc')
  @Answers('application/warc')
  @Allow('item.reveal')
  async warc(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) caseId: string): Promise<StreamableFile> {
    await this.sight.caseSeen(me, caseId);
    const warc = await this.archive.warcOf(caseId);
    if (!warc) throw new Problem(404, '这个事件还没有原文存档（演示信息不存档；新事件稍后再试）');
    await this.audit.append({ actor: me.username, action: 'case.warc', object: caseId, data: { pages: warc.pages } });
    return new StreamableFile(warc.bytes, {
      type: 'application/warc',
      disposition: `attachment; filename="${warc.code}.warc.gz"`,
      length: warc.bytes.length,
    });
  }
}
