import { Controller, Get, Inject, Param, Query, type StreamableFile } from '@nestjs/common';
import { z } from 'zod';
import { AuditChain, type Principal } from '@app/accounts';
import type { WireEffect } from '@app/domain';
import { SETTINGS, type Settings } from '@app/settings';
import { ReportDesk, ReportShelf } from '@app/stats';
import { Allow } from './allow';
import { Answers, EXCEL, WORD } from './answers';
import { documentFile, documentForm } from './attachment';
import { Me } from './principal';
import { Problem } from './problem';
import { Sight } from './sight';
import { id, ZodPipe } from './zod.pipe';

const now = z.strictObject({
  kind: z.enum(['day', 'week'], '须为 day 或 week'),
  form: documentForm.shape.form.default('docx'),
  date: z.iso.date('须为日期 YYYY-MM-DD').optional(),
});
const ofCase = z.strictObject({
  kind: z.enum(['brief', 'effect'], '须为 brief（专报）或 effect（效果评估）').default('brief'),
});

/** 报告: what is scheduled and what was made; 日报、周报 on demand; of one case 专报 and 效果评估. */
@Controller('api/v1')
export class ReportController {
  constructor(
    private readonly desk: ReportDesk,
    private readonly shelf: ReportShelf,
    private readonly sight: Sight,
    private readonly audit: AuditChain,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get('reports')
  @Allow('report.read')
  async list() {
    const mail = this.settings.channels.channels.some((c) => c.kind === 'email');
    return {
      schedules: this.settings.reports.schedules,
      mail,
      runs: await this.shelf.list(),
      last: await this.desk.lastPeriods(),
    };
  }

  /** 日报 of a day, 周报 of the week from a Monday on; default: the last ones that are over. */
  @Get('reports/now')
  @Answers(WORD, EXCEL)
  @Allow('report.read')
  async make(@Query(new ZodPipe(now)) q: z.infer<typeof now>): Promise<StreamableFile> {
    const last = await this.desk.lastPeriods();
    if (q.kind === 'week' && q.date !== undefined && new Date(`${q.date}T00:00:00Z`).getUTCDay() !== 1)
      throw new Problem(422, 'date：周报的日期须为星期一', { field: 'date' });
    const report =
      q.kind === 'day' ? await this.desk.day(q.date ?? last.day) : await this.desk.week(q.date ?? last.week);
    return documentFile(await this.desk.file(report, q.form), report.title, q.form);
  }

  @Get('reports/:id/file')
  @Answers(WORD, EXCEL)
  @Allow('report.read')
  async file(
    @Param('id', new ZodPipe(id, 'id')) runId: string,
    @Query(new ZodPipe(documentForm)) { form }: z.infer<typeof documentForm>,
  ): Promise<StreamableFile> {
    const found = await this.shelf.file(runId, form === 'docx' ? 'word' : 'sheet');
    if (!found) throw new Problem(404, '没有这份报告，或它没有这种格式');
    return documentFile(found.bytes, found.title, form);
  }

  /** 应对工作效果评估. */
  @Get('cases/:id/effect')
  @Allow('case.read')
  async effect(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) caseId: string): Promise<WireEffect> {
    await this.sight.caseSeen(me, caseId);
    return (await this.desk.effect(caseId)) ?? missing(caseId);
  }

  /** 专报 or 效果评估 as a Word file; the file leaves the system, so it stands in the audit. */
  @Get('cases/:id/report')
  @Answers(WORD)
  @Allow('case.read')
  async caseFile(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) caseId: string,
    @Query(new ZodPipe(ofCase)) { kind }: z.infer<typeof ofCase>,
  ): Promise<StreamableFile> {
    await this.sight.caseSeen(me, caseId);
    const report =
      (await (kind === 'brief' ? this.desk.case(caseId) : this.desk.effectDocument(caseId))) ?? missing(caseId);
    await this.audit.append({ actor: me.username, action: 'case.report', object: `case:${caseId}`, data: { kind } });
    return documentFile(await this.desk.word(report), report.title, 'docx');
  }
}

function missing(caseId: string): never {
  throw new Problem(404, `没有编号为 ${caseId} 的事件`);
}
