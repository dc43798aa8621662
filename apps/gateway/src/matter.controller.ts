import { Body, Controller, Get, HttpCode, Post, Query, type StreamableFile, UseInterceptors } from '@nestjs/common';
import { z } from 'zod';
import { AuditChain, type Principal } from '@app/accounts';
import { mattersDocument, TRIGGERS } from '@app/domain';
import { MANUAL_TRIGGERS, MatterBoard, MatterDesk } from '@app/response';
import { ReportDesk } from '@app/stats';
import { Now, type Witness } from '@app/storage';
import { Allow } from './allow';
import { Answers, EXCEL, WORD } from './answers';
import { documentFile, documentForm } from './attachment';
import { OnceInterceptor } from './once.interceptor';
import { Me } from './principal';
import { orRefuse } from './problem';
import { scopeSql } from './scope';
import { count, instant, typed, ZodPipe } from './zod.pipe';

const which = {
  trigger: z.enum(TRIGGERS, `须为其中之一：${TRIGGERS.join('、')}`).optional(),
  state: z.enum(['open', 'closed'], '须为 open 或 closed').default('open'),
  departmentId: typed(64).optional(),
};
const fileQuery = documentForm.extend(which);
/** A document for people: a longer list is for the API. */
const MOST_LISTED = 5000;
const query = z.strictObject({
  ...which,
  page: count(10_000, 1),
  size: count(200, 50),
});
const entry = z.strictObject({
  trigger: z.enum(MANUAL_TRIGGERS, `须为其中之一：${MANUAL_TRIGGERS.join('、')}`),
  title: typed(300, 2),
  number: typed(100, 0).default(''),
  url: typed(2000, 0)
    .nullish()
    .refine((s) => !s || (/^https?:\/\/\S+$/i.test(s) && URL.canParse(s)), '网址须以 http:// 或 https:// 开头'),
  note: typed(2000, 0).default(''),
  triggeredAt: instant,
  departmentId: typed(64).nullish(),
});

/** 承诺事项: duties that other things than a 舆情 start. Each is a case; what is done with it goes by the case's own routes. */
@Controller('api/v1/matters')
export class MatterController {
  constructor(
    private readonly board: MatterBoard,
    private readonly desk: MatterDesk,
    private readonly audit: AuditChain,
    private readonly reports: ReportDesk,
    private readonly now: Now,
  ) {}

  @Get()
  @Allow('case.read')
  async list(@Me() me: Principal, @Query(new ZodPipe(query)) q: z.infer<typeof query>) {
    const scope = scopeSql(me, 'f.department_id', 'f.supporting', 'f.region', 1);
    const filter = {
      trigger: q.trigger ?? null,
      open: q.state === 'open',
      departmentId: q.departmentId ?? null,
      page: q.page,
      size: q.size,
    };
    const [found, counts] = await Promise.all([this.board.list(scope, filter), this.board.counts(scope)]);
    return { ...found, counts, triggers: this.desk.triggers(), page: q.page, size: q.size };
  }

  /** The list as a document, as far as the person sees it. */
  @Get('file')
  @Answers(WORD, EXCEL)
  @Allow('case.read')
  async file(
    @Me() me: Principal,
    @Query(new ZodPipe(fileQuery)) q: z.infer<typeof fileQuery>,
  ): Promise<StreamableFile> {
    const scope = scopeSql(me, 'f.department_id', 'f.supporting', 'f.region', 1);
    const filter = {
      trigger: q.trigger ?? null,
      open: q.state === 'open',
      departmentId: q.departmentId ?? null,
      page: 1,
      size: MOST_LISTED,
    };
    const { matters } = await this.board.list(scope, filter);
    const report = mattersDocument(matters, q.state === 'closed', this.reports.issuer, await this.now.now());
    return documentFile(await this.reports.file(report, q.form), report.title, q.form);
  }

  @Post()
  @HttpCode(201)
  @UseInterceptors(OnceInterceptor)
  @Allow('matter.start')
  async start(@Me() me: Principal, @Body(new ZodPipe(entry)) b: z.infer<typeof entry>) {
    const data = { ...b, triggeredAt: b.triggeredAt.toISOString() };
    const witness: Witness<string> = (tx, caseId) =>
      this.audit.append({ actor: me.username, action: 'matter.start', object: `case:${caseId}`, data }, tx);
    return orRefuse(
      await this.desk.start(me, { ...b, url: b.url || null, departmentId: b.departmentId || null }, witness),
    );
  }
}
