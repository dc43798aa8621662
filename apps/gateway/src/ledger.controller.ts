import {
  Body,
  Controller,
  Get,
  HttpCode,
  Param,
  Post,
  Query,
  type StreamableFile,
  UploadedFile,
  UseInterceptors,
} from '@nestjs/common';
import { FileInterceptor } from '@nestjs/platform-express';
import { z } from 'zod';
import { AuditChain, type Principal } from '@app/accounts';
import { ledgerDocument, PERIODS, type TakenTask, UNIT_PARTS } from '@app/domain';
import { LedgerDesk, MatterBoard, plainFileName, type LedgerTaken } from '@app/response';
import { ReportDesk } from '@app/stats';
import { Now, type Witness } from '@app/storage';
import { Allow } from './allow';
import { Answers, EXCEL, WORD } from './answers';
import { documentFile, documentForm } from './attachment';
import { OnceInterceptor } from './once.interceptor';
import { Me } from './principal';
import { orRefuse, Problem } from './problem';
import { id, instant, typed, ZodPipe } from './zod.pipe';

const date = z.iso.date('须为日期 YYYY-MM-DD');
const words = { text: typed(500, 0), start: z.int().min(-1).max(300_000), end: z.int().min(-1).max(300_000) };
const term = z.discriminatedUnion('kind', [
  z.strictObject({ ...words, kind: z.literal('until'), date }),
  z.strictObject({ ...words, kind: z.literal('from'), date }),
  z.strictObject({ ...words, kind: z.literal('ongoing') }),
  z.strictObject({
    ...words,
    kind: z.literal('recurring'),
    per: z.enum(PERIODS, `须为其中之一：${PERIODS.join('、')}`),
    by: z
      .union([
        z.strictObject({ month: z.int().min(1).max(12), day: z.int().min(1).max(31) }),
        z.enum(['end', 'last-week']),
      ])
      .nullable(),
  }),
  z.strictObject({
    ...words,
    kind: z.literal('within'),
    amount: z.int('须为整数').min(1, '1–3660').max(3660, '1–3660'),
    unit: z.enum(['hours', 'natural_days', 'working_days']),
    trigger: typed(200, 0),
  }),
  z.strictObject({
    ...words,
    kind: z.literal('count'),
    atLeast: z.int('须为整数').min(1, '1–365').max(365, '1–365'),
    year: z.int().min(2000).max(2100).nullable(),
    what: typed(500, 0),
  }),
]);
const task = z.strictObject({
  number: typed(40),
  headings: z.array(typed(500, 0)).max(6),
  title: typed(200),
  text: typed(20_000),
  terms: z.array(term).max(30, '最多 30 项'),
  units: z
    .array(z.strictObject({ name: typed(80), part: z.enum(UNIT_PARTS), from: z.enum(['named', 'text']) }))
    .max(60, '最多 60 个单位'),
  departmentId: typed(64).nullable(),
  supporting: z.array(typed(64)).max(60, '最多 60 个'),
});
const entry = z.strictObject({
  title: typed(200, 2),
  number: typed(100, 0).default(''),
  year: z.int('须为年份').min(2000, '2000–2100').max(2100, '2000–2100').nullable(),
  issuedOn: date.nullable(),
  text: typed(300_000),
  tasks: z.array(task).min(1, '至少保留一项任务').max(500, '最多 500 项'),
});
const pasted = z.strictObject({ text: typed(300_000) });
const start = z.strictObject({ term: z.int('须为序号').min(0).max(29), triggeredAt: instant });
const MAX_FILE = 10 * 1024 * 1024;

/** 任务台账: tasks of a 工作要点, read, corrected, tracked. */
@Controller('api/v1/ledgers')
export class LedgerController {
  constructor(
    private readonly desk: LedgerDesk,
    private readonly board: MatterBoard,
    private readonly audit: AuditChain,
    private readonly reports: ReportDesk,
    private readonly now: Now,
  ) {}

  @Get()
  @Allow('ledger.read')
  async list() {
    return { ledgers: await this.board.ledgers() };
  }

  @Get(':id')
  @Allow('ledger.read')
  async one(@Param('id', new ZodPipe(id, 'id')) ledgerId: string) {
    const found = await this.board.ledger(ledgerId);
    if (!found) throw new Problem(404, `没有编号为 ${ledgerId} 的台账`);
    return found;
  }

  /** The ledger with its progress as a document. */
  @Get(':id/file')
  @Answers(WORD, EXCEL)
  @Allow('ledger.read')
  async file(
    @Param('id', new ZodPipe(id, 'id')) ledgerId: string,
    @Query(new ZodPipe(documentForm)) { form }: z.infer<typeof documentForm>,
  ): Promise<StreamableFile> {
    const report = ledgerDocument(await this.one(ledgerId), this.reports.issuer, await this.now.now());
    return documentFile(await this.reports.file(report, form), report.title, form);
  }

  /** Reads a pasted text; nothing is stored. */
  @Post('preview')
  @HttpCode(200)
  @Allow('ledger.import')
  preview(@Body(new ZodPipe(pasted)) b: z.infer<typeof pasted>) {
    return this.desk.preview(b.text);
  }

  /** Reads a Word or text file; nothing is stored. */
  @Post('preview-file')
  @HttpCode(200)
  @UseInterceptors(
    FileInterceptor('file', { limits: { fileSize: MAX_FILE, files: 1, fields: 0 }, defParamCharset: 'utf8' }),
  )
  @Allow('ledger.import')
  async previewFile(@UploadedFile() upload?: { originalname: string; buffer: Buffer }) {
    if (!upload) throw new Problem(422, 'file：须上传一个 .docx 或 .txt 文件', { field: 'file' });
    // The readers of the intake are loaded where a file comes in: the gateway starts without them.
    const { DocumentFault, readDocument } = await import('@app/intake');
    try {
      const text = await readDocument(plainFileName(upload.originalname), upload.buffer);
      return { text, ...(await this.desk.preview(text)) };
    } catch (error) {
      if (error instanceof DocumentFault) throw new Problem(422, error.message, { field: 'file' });
      throw error;
    }
  }

  @Post()
  @HttpCode(201)
  @UseInterceptors(OnceInterceptor)
  @Allow('ledger.import')
  async take(@Me() me: Principal, @Body(new ZodPipe(entry)) b: z.infer<typeof entry>) {
    const witness: Witness<LedgerTaken> = (tx, { ledgerId, tasks, matters }) =>
      this.audit.append(
        {
          actor: me.username,
          action: 'ledger.import',
          object: `ledger:${ledgerId}`,
          data: { title: b.title, tasks, matters },
        },
        tx,
      );
    return orRefuse(await this.desk.take(me, { ...b, tasks: b.tasks as TakenTask[] }, witness));
  }

  /** 登记起算: what starts a relative term of a task has happened. */
  @Post('tasks/:id/start')
  @HttpCode(200)
  @UseInterceptors(OnceInterceptor)
  @Allow('matter.start')
  async startTerm(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) taskId: string,
    @Body(new ZodPipe(start)) b: z.infer<typeof start>,
  ) {
    const data = { taskId, term: b.term, triggeredAt: b.triggeredAt.toISOString() };
    const witness: Witness<string> = (tx, caseId) =>
      this.audit.append({ actor: me.username, action: 'matter.start', object: `case:${caseId}`, data }, tx);
    return orRefuse(await this.desk.startTerm(me, taskId, b.term, b.triggeredAt, witness));
  }
}
