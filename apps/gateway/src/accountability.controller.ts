import { Body, Controller, Get, HttpCode, Param, Post, Query, type StreamableFile } from '@nestjs/common';
import { z } from 'zod';
import { AuditChain, type Principal } from '@app/accounts';
import { ACCOUNTABILITY_FORMS, accountabilityDocument, maySee } from '@app/domain';
import { AccountabilityDesk, ReportDesk } from '@app/stats';
import { Allow } from './allow';
import { Answers, WORD } from './answers';
import { documentFile } from './attachment';
import { Me } from './principal';
import { orRefuse, Problem } from './problem';
import { Sight } from './sight';
import { id, typed, ZodPipe } from './zod.pipe';

const query = z.strictObject({ open: z.enum(['1', '0'], '须为 1 或 0').default('1') });
const decision = z.strictObject({
  form: z.enum(ACCOUNTABILITY_FORMS, `须为其中之一：${ACCOUNTABILITY_FORMS.join('、')}`),
  decision: z.enum(['issued', 'dropped'], '须为 issued（签发）或 dropped（不予问责）'),
  title: typed(200, 0).default(''),
  body: typed(10_000, 0).default(''),
  reason: typed(1000, 2),
});

/** 问责: breaches with drafts; a person decides on each, with a reason. The system decides none. */
@Controller('api/v1/accountability')
export class AccountabilityController {
  constructor(
    private readonly desk: AccountabilityDesk,
    private readonly reports: ReportDesk,
    private readonly sight: Sight,
    private readonly audit: AuditChain,
  ) {}

  @Get()
  @Allow('accountability.read')
  load(@Me() me: Principal, @Query(new ZodPipe(query)) { open }: z.infer<typeof query>) {
    return this.desk.load(me, open === '1');
  }

  @Get('decisions/:id/file')
  @Answers(WORD)
  @Allow('accountability.read')
  async file(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) decisionId: string): Promise<StreamableFile> {
    const found = await this.desk.loadDecision(decisionId);
    if (!found || !maySee(me, found) || found.decision !== 'issued')
      throw new Problem(404, `没有编号为 ${decisionId} 的已签发文书`);
    const report = accountabilityDocument(found.form, found.title, found.body, {
      departmentName: found.departmentName,
      issuer: this.reports.issuer,
      date: found.decidedAt,
    });
    return documentFile(await this.reports.word(report), found.title, 'docx');
  }

  @Post(':clockId')
  @HttpCode(200)
  @Allow('accountability.decide')
  async decide(
    @Me() me: Principal,
    @Param('clockId', new ZodPipe(id, 'clockId')) clockId: string,
    @Body(new ZodPipe(decision)) body: z.infer<typeof decision>,
  ) {
    const caseId = await this.sight.clockSeen(me, clockId);
    const { form, decision: decided, reason } = body;
    const entry = {
      actor: me.username,
      action: 'accountability.decide',
      object: `clock:${clockId}`,
      data: { form, decision: decided, reason, caseId },
    };
    return orRefuse(await this.desk.decide(me.displayName, clockId, body, (tx) => this.audit.append(entry, tx))).value;
  }
}
