import { Controller, Get, Param, Res, StreamableFile } from '@nestjs/common';
import type { Response } from 'express';
import { AuditChain, type Principal } from '@app/accounts';
import { Board, mediaTypeOf } from '@app/response';
import { Allow } from './allow';
import { Answers, PICTURES, WORD } from './answers';
import { attachmentOf } from './attachment';
import { Me } from './principal';
import { Problem } from './problem';
import { Sight } from './sight';
import { id, ZodPipe } from './zod.pipe';

/** The file that was registered with a response, for whoever may see the case. */
@Controller('api/v1/cases/:id/evidence/:evidenceId')
export class EvidenceController {
  constructor(
    private readonly board: Board,
    private readonly sight: Sight,
    private readonly audit: AuditChain,
  ) {}

  @Get('file')
  @Answers('application/pdf', WORD, ...PICTURES)
  @Allow('case.read')
  async file(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) caseId: string,
    @Param('evidenceId', new ZodPipe(id, 'evidenceId')) evidenceId: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StreamableFile> {
    await this.sight.caseSeen(me, caseId);
    const file = await this.board.loadEvidenceFile(caseId, evidenceId);
    if (!file) throw new Problem(404, '这条回应没有附件');
    // Logged before it is handed out: what is in a file is masked by nobody.
    await this.audit.append({
      actor: me.username,
      action: 'evidence.file',
      object: `case:${caseId}`,
      data: { evidenceId, name: file.name },
    });
    // Never opened inside our own pages; nosniff is set for every answer.
    response.setHeader('content-security-policy', "default-src 'none'; sandbox");
    return new StreamableFile(file.bytes, {
      type: mediaTypeOf(file.name),
      length: file.bytes.length,
      disposition: attachmentOf(file.name),
    });
  }
}
