import { clockThen, type MonthClock, type MonthEvent } from './months-history';

const at = (day: number): Date => new Date(`2026-03-${String(day).padStart(2, '0')}T09:00:00+08:00`);
const CLOCK: MonthClock = { id: '1', caseId: '1', duty: 'release', title: '发布', recordedAt: at(1), dueAt: at(2), targetAt: at(2), provisional: false };
const event = (kind: string, day: number, data: Record<string, unknown> = {}): MonthEvent => ({
  ...{ caseId: '1', clockId: '1', kind, at: at(day), recordedAt: at(day), data },
});
const MET = event('clock-met', 1, { targetMet: true });

describe('a clock met by the answer of a merged case', () => {
  it('counts as met while the cases are one', () =>
    expect(clockThen(CLOCK, [MET], at(5))).toMatchObject({ fate: 'met', targetMet: true }));
  it('counts neither as met nor as overdue once the merge is undone', () =>
    expect(clockThen(CLOCK, [MET, event('clock-cancelled', 4, { undone: true })], at(5))).toMatchObject({ fate: 'cancelled', targetMet: null }));
  it('a met clock that ended for another reason stays met', () =>
    expect(clockThen(CLOCK, [MET, event('clock-cancelled', 4)], at(5)).fate).toBe('met'));
});
