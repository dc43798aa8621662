import { ACTION_RIGHT, CASE_ACTIONS, CASE_WAY, isEnded, planAct, planTransition, signForFault, stateAfterEvidence } from './case-way';
import { EVIDENCE_KINDS } from './rule';
import { CASE_STATES, type CaseState, type Role, ROLES } from './wire';

describe('the way of a case', () => {
  it.each([
    ['待研判', 'confirm', '已研判'],
    ['待研判', 'assign', '已交办'],
    ['已研判', 'assign', '已交办'],
    ['已回应', 'assign', '已交办'],
    ['已交办', 'sign-for', '已签收'],
    ['已回应', 'sign-for', '已回应'],
    ['办理中', 'sign-for', '办理中'],
    ['已签收', 'begin', '办理中'],
    ['已回应', 'close', '已办结'],
    ['已办结', 'archive', '已归档'],
    ['待研判', 'reject', '不予受理'],
    ['不予受理', 'archive', '已归档'],
    ['办理中', 'override', '办理中'],
  ] as const)('%s, %s → %s', (from, action, to) => expect(planTransition(from, action)).toEqual({ ok: true, to }));

  it.each([
    ['已研判', 'confirm'],
    ['待研判', 'sign-for'],
    ['待研判', 'close'],
    ['已交办', 'reject'],
    ['已办结', 'assign'],
    ['已办结', 'override'],
    ['办理中', 'archive'],
  ] as const)('refuses %s, %s, and names the states that allow it', (from, action) => {
    const refused = planTransition(from, action);
    expect(refused.ok).toBe(false);
    if (!refused.ok) for (const state of [from, ...CASE_WAY[action].from]) expect(refused.reason).toContain(state);
  });

  it('leaves an archived case alone, unless it flares up again', () => {
    expect(CASE_ACTIONS.filter((action) => planTransition('已归档', action).ok)).toEqual(['reopen']);
  });
});

/** o duty officer, c contact and h head of the leading unit, C and H of a supporting one, l leader, a administrator, u auditor. */
const SEATS: Record<string, [Role, 'lead' | 'supporting' | null]> = {
  o: ['duty_officer', null],
  c: ['department_contact', 'lead'],
  C: ['department_contact', 'supporting'],
  h: ['department_head', 'lead'],
  H: ['department_head', 'supporting'],
  l: ['leader', null],
  a: ['administrator', null],
  u: ['auditor', null],
};

/** In the order of CASE_STATES: 待研判 已研判 已交办 已签收 办理中 已回应 已转办 已办结 已归档 不予受理. Written by hand, not read from the table. */
const WANTED: Record<keyof typeof ACTION_RIGHT, { who: string; states: string }> = {
  confirm: { who: 'ola', states: 'x.........' },
  assign: { who: 'ola', states: 'xxxxxx....' },
  support: { who: 'ola', states: '..xxxx....' },
  relieve: { who: 'ola', states: '.xxxxx....' },
  'sign-for': { who: 'ocChHla', states: '.xxxxx....' },
  return: { who: 'cChH', states: '.xxxx.....' },
  begin: { who: 'ochla', states: '...x......' },
  reply: { who: 'ocChHla', states: '.xxxxx....' },
  evidence: { who: 'ocChHla', states: 'xxxxxxxx..' },
  override: { who: 'ola', states: 'xxxxxx....' },
  transfer: { who: 'ola', states: 'xxxxx.....' },
  close: { who: 'ohla', states: '..xxxx....' },
  archive: { who: 'ohla', states: '.......x.x' },
  reject: { who: 'ola', states: 'xx........' },
  reopen: { who: 'ola', states: '......xxxx' },
};

describe('state × action × role', () => {
  const cells = Object.entries(WANTED).flatMap(([action, { who, states }]) =>
    CASE_STATES.flatMap((state, i) =>
      Object.keys(SEATS).map((seat): [CaseState, keyof typeof ACTION_RIGHT, string, boolean] => [
        ...[state, action as keyof typeof ACTION_RIGHT, seat] as const,
        who.includes(seat) && states[i] === 'x',
      ]),
    ),
  );

  it.each(cells)('%s, %s, %s: %s', (state, action, seat, may) => {
    const [role, part] = SEATS[seat]!;
    const answer = planAct(state, action, role, part);
    expect(answer.ok).toBe(may);
    if (!answer.ok) expect(answer.reason).toMatch(/[\u4e00-\u9fff]/);
  });

  it('has a row for every action of a person and a column for every state and role', () => {
    expect(Object.keys(WANTED).sort()).toEqual(CASE_ACTIONS.filter((a) => a !== 'clock' && a !== 'draft').sort());
    for (const { states } of Object.values(WANTED)) expect(states).toHaveLength(CASE_STATES.length);
    expect(new Set(Object.values(SEATS).map(([role]) => role))).toEqual(new Set(ROLES));
  });
});

describe('a receipt', () => {
  it.each([
    ['已交办', true, null],
    ['已交办', false, null],
    ['已回应', true, null],
    ['已回应', false, '没有待签收的时限'],
    ['已签收', false, '没有待签收的时限'],
    ['待研判', true, '不能签收'],
    ['已办结', true, '不能签收'],
  ] as const)('in %s, with a term that waits for it: %s', (state, waiting, fault) => {
    if (fault === null) expect(signForFault(state, waiting)).toBeNull();
    else expect(signForFault(state, waiting)).toContain(fault);
  });
});

describe('a registered response', () => {
  it('moves a case forward, never back', () => {
    for (const state of CASE_STATES) {
      for (const kind of EVIDENCE_KINDS) {
        const after = stateAfterEvidence(state, kind);
        if (state === '已转办') expect(after).toBe(kind === 'feedback' ? '已办结' : '已转办');
        else if (isEnded(state)) expect(after).toBe(state);
      }
    }
    expect(stateAfterEvidence('已回应', 'plan')).toBe('已回应');
    expect(stateAfterEvidence('已签收', 'plan')).toBe('办理中');
    expect(stateAfterEvidence('待研判', 'release')).toBe('已回应');
    expect(stateAfterEvidence('办理中', 'report')).toBe('办理中');
  });

  it('of 签收 counts only for what was handed over', () => {
    expect(stateAfterEvidence('已交办', 'receipt')).toBe('已签收');
    expect(stateAfterEvidence('待研判', 'receipt')).toBe('待研判');
  });
});
