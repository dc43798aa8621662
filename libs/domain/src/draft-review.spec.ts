import { type DraftState, draftStanding, planReview, REVIEW_STAGES, type ReviewStage, STAGE_NAMES } from './draft-review';
import { type Role, ROLES } from './wire';

const draft = (given: Partial<DraftState> = {}): DraftState => ({
  ...{ version: 2, author: 'writer', reviews: [], withdrawn: false, registered: false },
  ...given,
});
const review = (stage: ReviewStage, reviewer: string, passed = true, version = 2) => ({ version, stage, passed, reviewer });
const [FIRST, SECOND, FINAL] = [review('first', 'anna'), review('second', 'ben'), review('final', 'cora')];
const by = (username: string, role: Role = 'leader', part: 'lead' | 'supporting' | null = null) => ({ username, role, part });
const ask = (stage: ReviewStage, passed = true, version = 2) => ({ version, stage, passed });

describe('三审 of a draft', () => {
  it.each([
    [[], 'reviewing', 'first'],
    [[FIRST], 'reviewing', 'second'],
    [[FIRST, SECOND], 'reviewing', 'final'],
    [[FIRST, SECOND, FINAL], 'passed', null],
    [[FIRST, review('second', 'ben', false)], 'rejected', null],
    // A change starts the reviews anew: what the first version passed counts for nothing.
    [[review('first', 'anna', true, 1), review('second', 'ben', true, 1), review('final', 'cora', true, 1)], 'reviewing', 'first'],
    [[review('first', 'anna', false, 1)], 'reviewing', 'first'],
  ] as const)('%j stands at %s, next %s', (reviews, standing, next) => {
    expect(draftStanding(draft({ reviews }))).toEqual({ standing, next });
  });

  it('is by three different people, none of them the writer', () => {
    expect(planReview(draft({ reviews: [FIRST] }), ask('second'), by('anna'))).toMatchObject({ kind: 'conflict', reason: expect.stringContaining('三个不同的人') });
    expect(planReview(draft({ reviews: [FIRST, SECOND] }), ask('final'), by('ben'))).toMatchObject({ ok: false });
    expect(planReview(draft(), ask('first'), by('writer'))).toMatchObject({ kind: 'conflict', reason: expect.stringContaining('起草人') });
    expect(planReview(draft({ reviews: [FIRST, SECOND] }), ask('final'), by('cora'))).toEqual({ ok: true });
  });

  it('lets who reviewed an earlier version review the new one', () => {
    expect(planReview(draft({ reviews: [review('first', 'anna', true, 1)] }), ask('first'), by('anna'))).toEqual({ ok: true });
  });

  it.each([
    [draft(), ask('second'), '等待初审'],
    [draft(), ask('first', true, 1), '最新一版'],
    [draft({ reviews: [review('first', 'anna', false)] }), ask('second'), '退改'],
    [draft({ reviews: [FIRST, SECOND, FINAL] }), ask('final'), '已通过终审'],
    [draft({ withdrawn: true }), ask('first'), '撤回'],
    [draft({ registered: true }), ask('first'), '已发布'],
  ])('is refused out of turn, with the reason: %#', (d, asked, why) => {
    const plan = planReview(d, asked, by('dora'));
    expect(plan).toMatchObject({ ok: false, kind: 'conflict', reason: expect.stringContaining(why) });
  });

  /** Who may review at each stage; of the department's people those of the leading unit for 终审. */
  const MAY: Record<ReviewStage, readonly Role[]> = {
    first: ['duty_officer', 'department_contact', 'department_head', 'leader', 'administrator'],
    second: ['duty_officer', 'department_head', 'leader', 'administrator'],
    final: ['department_head', 'leader', 'administrator'],
  };
  const before = { first: [], second: [FIRST], final: [FIRST, SECOND] };
  it.each(REVIEW_STAGES.flatMap((stage) => ROLES.map((role) => [stage, role] as const)))('%s by %s', (stage, role) => {
    const plan = planReview(draft({ reviews: before[stage] }), ask(stage), by('dora', role, 'lead'));
    expect(plan.ok).toBe(MAY[stage].includes(role));
    if (!plan.ok) expect(plan).toMatchObject({ kind: 'forbidden', reason: expect.stringContaining(STAGE_NAMES[stage]) });
  });

  it('leaves 终审 to the leading unit and the leaders', () => {
    const d = draft({ reviews: [FIRST, SECOND] });
    expect(planReview(d, ask('final'), by('dora', 'department_head', 'supporting'))).toMatchObject({ kind: 'forbidden' });
    expect(planReview(d, ask('final'), by('dora', 'department_head', 'lead'))).toEqual({ ok: true });
  });
});
