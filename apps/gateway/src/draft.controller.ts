import { Body, Controller, Get, HttpCode, Param, Post, UseInterceptors } from '@nestjs/common';
import { z } from 'zod';
import type { Principal } from '@app/accounts';
import { DRAFT_KINDS, mayDo, REVIEW_STAGES, SPEAKER_OFFICES, type WireDraft } from '@app/domain';
import { DraftDesk } from '@app/response';
import { Allow } from './allow';
import { CaseAct } from './case-act';
import { OnceInterceptor } from './once.interceptor';
import { Me } from './principal';
import { Problem } from './problem';
import { Sight } from './sight';
import { id, instant, typed, ZodPipe } from './zod.pipe';

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) => z.enum(values, `须为其中之一：${values.join('、')}`);
const version = z.int('须为整数').min(1, '至少为 1').max(100_000, '过大');
const text = { title: typed(300), body: typed(10_000), note: typed(1000, 0).nullish() };
const write = z.strictObject({ kind: oneOf(DRAFT_KINDS), ...text });
const revise = z.strictObject({ base: version, ...text });
const review = z.strictObject({
  version,
  stage: oneOf(REVIEW_STAGES),
  passed: z.boolean('须为 true 或 false'),
  comment: typed(2000, 0).nullish(),
});
const register = z.strictObject({
  url: typed(2000, 0).nullish(),
  happenedAt: instant,
  speaker: typed(100, 0).nullish(),
  speakerOffice: oneOf(SPEAKER_OFFICES).nullish(),
});
const withdraw = z.strictObject({ reason: typed(1000, 2) });
const caseId = new ZodPipe(id, 'id');
const draftId = new ZodPipe(id, 'draftId');

/** Drafts of what goes out: 起草、初审、复审、终审, and the registration of what was published. */
@UseInterceptors(OnceInterceptor)
@Controller('api/v1/cases/:id/drafts')
export class DraftController {
  constructor(
    private readonly drafts: DraftDesk,
    private readonly sight: Sight,
    private readonly act: CaseAct,
  ) {}

  @Get()
  @Allow('case.read')
  async list(@Me() me: Principal, @Param('id', caseId) of: string): Promise<{ drafts: WireDraft[] }> {
    await this.sight.caseSeen(me, of);
    return { drafts: await this.drafts.load(of) };
  }

  @Post()
  @HttpCode(200)
  @Allow('draft.write')
  write(@Me() me: Principal, @Param('id', caseId) of: string, @Body(new ZodPipe(write)) { kind, ...b }: z.infer<typeof write>) {
    return this.act.onCase(me, of, 'draft-write', { kind, title: b.title }, (by) => this.drafts.write(by, of, kind, { ...b, note: b.note ?? '' }));
  }

  @Post(':draftId/versions')
  @HttpCode(200)
  @Allow('draft.write')
  revise(
    @Me() me: Principal,
    @Param('id', caseId) of: string,
    @Param('draftId', draftId) draft: string,
    @Body(new ZodPipe(revise)) { base, ...b }: z.infer<typeof revise>,
  ) {
    const told = { draftId: draft, base, title: b.title };
    return this.act.onCase(me, of, 'draft-revise', told, (by) => this.drafts.revise(by, of, draft, base, { ...b, note: b.note ?? '' }));
  }

  /** Whoever may 初审 may ask; which of the three reviews a role may give is told by the desk. */
  @Post(':draftId/review')
  @HttpCode(200)
  @Allow('draft.first')
  review(
    @Me() me: Principal,
    @Param('id', caseId) of: string,
    @Param('draftId', draftId) draft: string,
    @Body(new ZodPipe(review)) b: z.infer<typeof review>,
  ) {
    const asked = { ...b, comment: b.comment ?? '' };
    return this.act.onCase(me, of, 'draft-review', { draftId: draft, ...asked }, (by) => this.drafts.review(by, of, draft, asked));
  }

  @Post(':draftId/register')
  @HttpCode(200)
  @Allow('case.evidence')
  async register(
    @Me() me: Principal,
    @Param('id', caseId) of: string,
    @Param('draftId', draftId) draft: string,
    @Body(new ZodPipe(register)) b: z.infer<typeof register>,
  ) {
    await this.sight.caseSeen(me, of);
    const kind = (await this.drafts.load(of)).find((d) => d.id === draft)?.kind;
    if (kind === 'settlement' && !mayDo(me.role, 'case.close')) throw new Problem(403, '您的角色不能登记办结', { type: 'right' });
    const p = { url: b.url || null, happenedAt: b.happenedAt, speaker: b.speaker || null, speakerOffice: b.speakerOffice ?? null };
    return this.act.onCase(me, of, 'draft-register', { draftId: draft, ...b }, (by) => this.drafts.register(by, of, draft, p));
  }

  @Post(':draftId/withdraw')
  @HttpCode(200)
  @Allow('draft.write')
  withdraw(
    @Me() me: Principal,
    @Param('id', caseId) of: string,
    @Param('draftId', draftId) draft: string,
    @Body(new ZodPipe(withdraw)) b: z.infer<typeof withdraw>,
  ) {
    return this.act.onCase(me, of, 'draft-withdraw', { draftId: draft, ...b }, (by) => this.drafts.withdraw(by, of, draft, b.reason));
  }
}
