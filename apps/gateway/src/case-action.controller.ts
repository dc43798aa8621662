import { Body, Controller, HttpCode, Param, Post, UploadedFile, UseInterceptors } from '@nestjs/common';
import { FileInterceptor } from '@nestjs/platform-express';
import { z } from 'zod';
import type { Principal } from '@app/accounts';
import { CATEGORIES, EVIDENCE_KINDS, GRADES, LEVELS, mayDo, SPEAKER_OFFICES, TOPICS } from '@app/domain';
import { CaseDesk, MAX_FILE_BYTES, plainFileName } from '@app/response';
import { Allow } from './allow';
import { CaseAct } from './case-act';
import { OnceInterceptor } from './once.interceptor';
import { Me } from './principal';
import { Problem } from './problem';
import { Sight } from './sight';
import { id, instant, typed, ZodPipe } from './zod.pipe';

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `须为其中之一：${values.join('、')}`);
const reason = typed(1000, 2);
const remark = z.strictObject({ note: typed(1000, 0).nullish() });
/** `note` is another name of the reason: what the department is asked to do; asked for when the unit changes. */
const assign = z
  .strictObject({ departmentId: typed(64), reason: typed(1000, 0).nullish(), note: typed(1000, 0).nullish() })
  .transform((b) => ({ departmentId: b.departmentId, reason: b.reason || b.note || '' }));
const evidence = z.strictObject({
  kind: oneOf(EVIDENCE_KINDS),
  title: typed(300),
  happenedAt: instant,
  url: typed(2000, 0).nullish(),
  note: typed(10_000, 0).nullish(),
  approvedBy: typed(100, 0).nullish(),
  speaker: typed(100, 0).nullish(),
  speakerOffice: oneOf(SPEAKER_OFFICES).nullish(),
  departmentId: typed(64).nullish(),
  contentHash: typed(64, 0).nullish(),
});
const override = z.strictObject({
  level: oneOf(LEVELS).optional(),
  emergency: z.boolean('须为 true 或 false').optional(),
  category: oneOf(CATEGORIES).nullish(),
  grade: oneOf(GRADES).nullish(),
  topic: oneOf(TOPICS).optional(),
  reason,
});
const close = z.strictObject({ reason, happenedAt: instant.optional(), url: typed(2000, 0).nullish() });
const why = z.strictObject({ reason });

/** One file in memory; a form's fields are as short as JSON's. Other kinds of requests pass untouched. */
const UPLOAD = {
  limits: { fileSize: MAX_FILE_BYTES, files: 1, fields: 20, fieldSize: 64 * 1024, fieldNameSize: 100, parts: 22 },
  defParamCharset: 'utf8',
};

/** What people do with a case. Each answer says the new version; refusals carry their reason. */
@UseInterceptors(FileInterceptor('file', UPLOAD), OnceInterceptor)
@Controller('api/v1/cases/:id')
export class CaseActionController {
  constructor(
    private readonly desk: CaseDesk,
    private readonly act: CaseAct,
    private readonly sight: Sight,
  ) {}

  @Post('confirm')
  @HttpCode(200)
  @Allow('case.override')
  confirm(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) caseId: string,
    @Body(new ZodPipe(remark)) b: z.infer<typeof remark>,
  ) {
    return this.act.onCase(me, caseId, 'confirm', b, (by) => this.desk.confirm(by, caseId, b.note ?? ''));
  }

  @Post('assign')
  @HttpCode(200)
  @Allow('case.assign')
  async assign(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) caseId: string,
    @Body(new ZodPipe(assign)) b: z.infer<typeof assign>,
  ) {
    await this.sight.caseSeen(me, caseId);
    await this.sight.departmentSeen(me, b.departmentId);
    return this.act.onCase(me, caseId, 'assign', b, (by) => this.desk.assign(by, caseId, b.departmentId, b.reason));
  }

  @Post('begin')
  @HttpCode(200)
  @Allow('case.sign-for')
  begin(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) caseId: string,
    @Body(new ZodPipe(remark)) b: z.infer<typeof remark>,
  ) {
    return this.act.onCase(me, caseId, 'begin', b, (by) => this.desk.begin(by, caseId, b.note ?? ''));
  }

  @Post('evidence')
  @HttpCode(200)
  @Allow('case.evidence')
  evidence(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) caseId: string,
    @Body(new ZodPipe(evidence)) b: z.infer<typeof evidence>,
    @UploadedFile() upload?: { originalname: string; buffer: Buffer },
  ) {
    // A settlement closes the case: whoever may not close one may not do it by another way either.
    if (b.kind === 'settlement' && !mayDo(me.role, 'case.close')) {
      throw new Problem(403, '您的角色不能登记办结', { type: 'right' });
    }
    const file = upload ? { name: plainFileName(upload.originalname), bytes: upload.buffer } : null;
    const entry = {
      ...b,
      url: b.url || null,
      note: b.note ?? '',
      approvedBy: b.approvedBy || null,
      speaker: b.speaker || null,
      speakerOffice: b.speakerOffice ?? null,
      contentHash: b.contentHash || null,
      file,
    };
    const told = { ...b, ...(file ? { fileName: file.name, fileBytes: file.bytes.length } : {}) };
    return this.act.onCase(me, caseId, 'evidence', told, (by) => this.desk.registerEvidence(by, caseId, entry));
  }

  @Post('override')
  @HttpCode(200)
  @Allow('case.override')
  override(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) caseId: string,
    @Body(new ZodPipe(override)) b: z.infer<typeof override>,
  ) {
    // The category follows the texts; only what CaseOverride holds is a person's to set.
    const { reason: said, category: _category, ...labels } = b;
    return this.act.onCase(me, caseId, 'override', b, (by) => this.desk.overrideLabel(by, caseId, labels, said));
  }

  @Post('close')
  @HttpCode(200)
  @Allow('case.close')
  close(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) caseId: string,
    @Body(new ZodPipe(close)) b: z.infer<typeof close>,
  ) {
    return this.act.onCase(me, caseId, 'close', b, (by) =>
      this.desk.close(by, caseId, b.url ? `${b.reason}\n${b.url}` : b.reason, b.happenedAt),
    );
  }

  @Post('archive')
  @HttpCode(200)
  @Allow('case.close')
  archive(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) caseId: string) {
    return this.act.onCase(me, caseId, 'archive', {}, (by) => this.desk.archive(by, caseId));
  }

  @Post('reject')
  @HttpCode(200)
  @Allow('case.reject')
  reject(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) caseId: string,
    @Body(new ZodPipe(why)) b: z.infer<typeof why>,
  ) {
    return this.act.onCase(me, caseId, 'reject', b, (by) => this.desk.reject(by, caseId, b.reason));
  }
}
