import { Controller, Get, Param, Res, StreamableFile } from '@nestjs/common';
import type { Response } from 'express';
import { AuditChain, type Principal } from '@app/accounts';
import { HandedFiles } from '@app/response';
import { Allow } from './allow';
import { Answers, PICTURES } from './answers';
import { Me } from './principal';
import { Problem } from './problem';
import { Sight } from './sight';
import { id, ZodPipe } from './zod.pipe';

/** Screenshots of a case's items. A picture cannot be masked: whoever looks at one stands in the audit. */
@Controller('api/v1/cases/:id/files')
export class ItemFileController {
  constructor(
    private readonly files: HandedFiles,
    private readonly sight: Sight,
    private readonly audit: AuditChain,
  ) {}

  @Get(':fileId')
  @Answers(...PICTURES, 'application/pdf')
  @Allow('item.file')
  async file(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) caseId: string,
    @Param('fileId', new ZodPipe(id, 'fileId')) fileId: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StreamableFile> {
    await this.sight.caseSeen(me, caseId);
    const file = await this.files.load(caseId, fileId);
    if (!file) throw new Problem(404, '这个事件没有这份截图');
    await this.audit.append({
      actor: me.username,
      action: 'item.file',
      object: `file:${fileId}`,
      data: { caseId, sha256: file.sha256 },
    });
    // Shown as a picture within a page, never opened as one; nosniff is set for every answer.
    response.setHeader('content-security-policy', "default-src 'none'; sandbox");
    const inline = file.mediaType.startsWith('image/');
    return new StreamableFile(file.bytes, {
      type: file.mediaType,
      length: file.bytes.length,
      disposition: `${inline ? 'inline' : 'attachment'}; filename="file${/\.\w+$/.exec(file.name)?.[0] ?? ''}"`,
    });
  }
}
