import { CASE_ACTIONS, CASE_WAY, isEnded, planTransition, signForFault, stateAfterEvidence } from './case-way';
import { EVIDENCE_KINDS } from './rule';
import { CASE_STATES } from './wire';

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

  it('leaves nothing to do in an archived case', () => {
    expect(CASE_ACTIONS.filter((action) => planTransition('已归档', action).ok)).toEqual([]);
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
        if (isEnded(state)) expect(after).toBe(state);
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
