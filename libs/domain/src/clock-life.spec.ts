import fc from 'fast-check';
import { buildCalendar, type Notice } from './calendar';
import type { Clock } from './clock';
import { at, CALENDAR, clockOf, NOTICE_2026, STATUTORY } from './clock-fixture';
import {
  cancelClock,
  extendClock,
  meetClock,
  type MeetingEvidence,
  reprojectClock,
  resumeClock,
  supersedeClock,
  suspendClock,
} from './clock-life';
import { recompute } from './derivation';

const DECISION = { reason: '等待鉴定结论', basis: '规定第五条', approver: '张县长' };
const release = (happened: string, entered = happened) => ({
  kind: 'release' as const,
  happenedAt: at(happened),
  enteredAt: at(entered),
});
const withTarget = () => clockOf({ target: { unit: 'hours', amount: 3 } });

function good<T extends object>(outcome: ({ ok: true } & T) | { ok: false; reason: string }): T {
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome;
}

describe('evidence', () => {
  it.each([
    ['03-10 11:59', 'met', true],
    ['03-10 12:00', 'met', true],
    ['03-10 12:01', 'met', false],
    ['03-10 14:00', 'met', false],
    ['2026-03-10T14:00:00.001+08:00', 'met_late', false],
    ['03-10 18:00', 'met_late', false],
  ])('at %s: %s, target met %s', (when, state, targetMet) => {
    const { clock } = good(meetClock(withTarget(), release(when)));
    expect(clock).toMatchObject({ state, targetMet, metAt: at(when), metBy: 'release', nextAt: null });
    expect(clock.breachedAt).toEqual(state === 'met' ? null : at('03-10 14:00'));
  });

  it('entered late is judged by its own time, and shown as a late entry', () => {
    const overdue: Clock = { ...withTarget(), breachedAt: at('03-10 14:00') };
    const met = good(meetClock(overdue, release('03-10 13:00', '03-12 09:00')));
    expect(met).toMatchObject({ lateEntry: true, clock: { state: 'met', breachedAt: null } });
    expect(good(meetClock(withTarget(), release('03-10 13:00', '03-10 13:20'))).lateEntry).toBe(false);
  });

  it.each([
    ['before the anchor', release('03-10 08:59'), '早于起算时间'],
    ['from the future', release('03-10 13:00', '03-10 12:00'), '尚未发生'],
    ['of another kind', { ...release('03-10 13:00'), kind: 'report' as const }, '不能以此类回应'],
  ])('%s is refused with a reason', (_, evidence, reason) => {
    expect(meetClock(withTarget(), evidence)).toMatchObject({
      ok: false,
      reason: expect.stringContaining(reason) as string,
    });
  });

  it('from before the detection counts when the caller allows it', () => {
    expect(meetClock(withTarget(), release('03-10 08:59'), at('03-10 08:00'))).toMatchObject({ ok: true });
  });

  it('found later but done earlier judges a late clock again; a later one changes nothing', () => {
    const late = good(meetClock(withTarget(), release('03-10 18:00'))).clock;
    expect(good(meetClock(late, release('03-10 11:00', '03-11 09:00'))).clock).toMatchObject({
      state: 'met',
      targetMet: true,
    });
    expect(meetClock(late, release('03-10 19:00'))).toMatchObject({ ok: false });
  });

  it.each(['cancelled', 'superseded'] as const)('does not revive a %s clock', (state) => {
    expect(meetClock({ ...withTarget(), state }, release('03-10 10:00')).ok).toBe(false);
  });
});

describe('a recurring duty', () => {
  const follow = () => clockOf({ id: 'follow-up-release', limit: { unit: 'every', amount: 24 } });

  it('discharged within its interval has missed none', () => {
    expect(good(meetClock(follow(), release('03-11 09:00'))).missedIntervals).toEqual([]);
  });

  it('records each interval that passed without a discharge', () => {
    const { clock, missedIntervals } = good(meetClock(follow(), release('03-13 10:00')));
    expect(clock.state).toBe('met_late');
    expect(missedIntervals).toEqual([
      { from: at('03-10 09:00'), to: at('03-11 09:00') },
      { from: at('03-11 09:00'), to: at('03-12 09:00') },
      { from: at('03-12 09:00'), to: at('03-13 09:00') },
    ]);
  });
});

describe('suspension', () => {
  const clock = () => clockOf({ suspensionHours: 6 });

  it('stops the term and adds its time on resuming, in a new revision', () => {
    const suspended = good(suspendClock(clock(), DECISION, at('03-10 10:00'))).clock;
    expect(suspended).toMatchObject({ state: 'suspended', revision: 1, nextAt: at('03-10 16:00') });
    const resumed = good(resumeClock(suspended, at('03-10 12:00'), CALENDAR)).clock;
    expect(resumed).toMatchObject({ state: 'open', revision: 2, dueAt: at('03-10 16:00'), nextAt: at('03-10 12:00') });
    expect(resumed.derivation.suspensions).toMatchObject([
      { ...DECISION, from: '2026-03-10T10:00:00+08:00', to: '2026-03-10T12:00:00+08:00' },
    ]);
    expect(recompute(resumed.derivation, CALENDAR).dueAt).toEqual(resumed.dueAt);
  });

  it('counts no longer than the rule allows, over all suspensions', () => {
    let c = good(suspendClock(clock(), DECISION, at('03-10 10:00'))).clock;
    c = good(resumeClock(c, at('03-10 14:00'), CALENDAR)).clock;
    c = good(suspendClock(c, DECISION, at('03-10 14:30'))).clock;
    expect(c.nextAt).toEqual(at('03-10 16:30'));
    c = good(resumeClock(c, at('03-11 14:30'), CALENDAR)).clock;
    expect(c.dueAt).toEqual(at('03-10 20:00'));
    expect(c.breachedAt).toEqual(at('03-10 20:00'));
    expect(suspendClock({ ...c, dueAt: at('03-12 20:00') }, DECISION, at('03-11 15:00'))).toMatchObject({ ok: false });
  });

  it.each([
    ['without a reason', { ...DECISION, reason: ' ' }, '必须说明理由'],
    ['without a basis', { ...DECISION, basis: '' }, '必须写明依据'],
    ['without an approver', { ...DECISION, approver: '' }, '必须有批准人'],
  ])('%s is refused', (_, decision, reason) => {
    expect(suspendClock(clock(), decision, at('03-10 10:00'))).toEqual({ ok: false, reason: `中止${reason}` });
  });

  it('is refused where the rule knows none, when already suspended, and after the end', () => {
    expect(suspendClock(clockOf(), DECISION, at('03-10 10:00'))).toMatchObject({
      reason: expect.stringMatching(/不允许中止:《文件》没有规定可以中止.*本地规则包.*suspensionHours/) as string,
    });
    const suspended = good(suspendClock(clock(), DECISION, at('03-10 10:00'))).clock;
    expect(suspendClock(suspended, DECISION, at('03-10 10:30')).ok).toBe(false);
    expect(suspendClock(clock(), DECISION, at('03-10 14:01'))).toMatchObject({
      reason: expect.stringContaining('届满') as string,
    });
    expect(resumeClock(clock(), at('03-10 10:00'), CALENDAR).ok).toBe(false);
  });

  it('what is done while the term stands still is in time', () => {
    const suspended = good(suspendClock(clock(), DECISION, at('03-10 13:00'))).clock;
    expect(good(meetClock(suspended, release('03-10 15:00'))).clock.state).toBe('met');
  });
});

describe('extension', () => {
  const clock = () => clockOf({ extension: { unit: 'hours', amount: 4 } });
  const by = (amount: number, unit: 'hours' | 'natural_days' = 'hours') => ({ ...DECISION, term: { unit, amount } });

  it('lengthens the limit, never the target, within the bound', () => {
    const c = clockOf({ extension: { unit: 'hours', amount: 4 }, target: { unit: 'hours', amount: 3 } });
    const once = good(extendClock(c, by(3), at('03-10 10:00'), CALENDAR)).clock;
    expect(once).toMatchObject({ dueAt: at('03-10 17:00'), targetAt: at('03-10 12:00'), revision: 1 });
    expect(extendClock(once, by(2), at('03-10 10:30'), CALENDAR)).toMatchObject({
      reason: expect.stringContaining('最多 4 小时') as string,
    });
    expect(good(extendClock(once, by(1), at('03-10 10:30'), CALENDAR)).clock.dueAt).toEqual(at('03-10 18:00'));
  });

  it('is refused in another unit, without a bound, silently, or too late', () => {
    expect(extendClock(clock(), by(1, 'natural_days'), at('03-10 10:00'), CALENDAR).ok).toBe(false);
    expect(extendClock(clockOf(), by(1), at('03-10 10:00'), CALENDAR).ok).toBe(false);
    expect(extendClock(clock(), { ...by(1), approver: '' }, at('03-10 10:00'), CALENDAR).ok).toBe(false);
    expect(extendClock(clock(), by(-1), at('03-10 10:00'), CALENDAR).ok).toBe(false);
    expect(extendClock(clock(), by(1), at('03-10 14:30'), CALENDAR).ok).toBe(false);
  });

  it('of working days counts on with the calendar, and onto a fixed date after it', () => {
    const days = clockOf(
      { limit: { unit: 'working_days', amount: 2 }, extension: { unit: 'working_days', amount: 5 } },
      '09-29 09:00',
    );
    const more = { ...DECISION, term: { unit: 'working_days' as const, amount: 1 } };
    expect(good(extendClock(days, more, at('09-30 09:00'), CALENDAR)).clock.dueAt).toEqual(at('10-10 00:00'));
    const fixed = clockOf({
      limit: { unit: 'until', date: '2026-09-30' },
      extension: { unit: 'working_days', amount: 5 },
    });
    const extended = good(extendClock(fixed, more, at('09-30 09:00'), CALENDAR)).clock;
    expect(extended.dueAt).toEqual(at('10-09 00:00'));
    expect(recompute(extended.derivation, CALENDAR).dueAt).toEqual(extended.dueAt);
  });
});

describe('another calendar', () => {
  // As on 2020-01-27: the feast is extended in the middle of a term.
  const amendment: Notice = {
    year: 2026,
    title: '国务院办公厅关于延长2026年国庆节假期的通知',
    published: '2026-10-05',
    url: 'https://www.gov.cn/',
    holidays: [{ name: '国庆节', off: ['2026-10-08', '2026-10-09'], work: [] }],
  };
  const amended = buildCalendar([NOTICE_2026, amendment], STATUTORY);
  const three = () => clockOf({ limit: { unit: 'working_days', amount: 3 } }, '09-30 09:00');

  it('moves an open clock and keeps the old and the new instant', () => {
    const result = good(reprojectClock(three(), amended, at('10-05 12:00')));
    expect(result).toMatchObject({
      moved: true,
      clock: { dueAt: at('10-14 00:00'), revision: 1, nextAt: at('10-05 12:00') },
    });
    expect(result.clock.derivation.reprojections).toEqual([
      {
        at: '2026-10-05T12:00:00+08:00',
        calendarVersion: amended.version,
        provisional: false,
        oldDueAt: '2026-10-11T00:00:00+08:00',
        newDueAt: '2026-10-14T00:00:00+08:00',
      },
    ]);
  });

  it('that moves nothing ends the provisional state: kept on the sheet, no rung fires anew', () => {
    const notice2027: Notice = {
      ...amendment,
      year: 2027,
      holidays: [{ name: '元旦', off: ['2027-01-01'], work: [] }],
    };
    const provisional = clockOf({ limit: { unit: 'working_days', amount: 3 } }, '12-29 09:00');
    expect(provisional.provisional).toBe(true);
    const result = good(
      reprojectClock(provisional, buildCalendar([NOTICE_2026, notice2027], STATUTORY), at('12-30 09:00')),
    );
    expect(result).toMatchObject({
      moved: false,
      reprojection: {
        provisional: false,
        oldDueAt: '2027-01-05T00:00:00+08:00',
        newDueAt: '2027-01-05T00:00:00+08:00',
      },
      clock: { provisional: false, revision: 0, dueAt: provisional.dueAt, nextAt: provisional.nextAt },
    });
    expect(result.clock.derivation.reprojections).toEqual([result.reprojection]);
    const again = good(
      reprojectClock(result.clock, buildCalendar([NOTICE_2026, notice2027], STATUTORY), at('12-31 09:00')),
    );
    expect(again).toMatchObject({ moved: false, reprojection: null });
  });

  it('leaves hours and ended clocks alone', () => {
    expect(good(reprojectClock(clockOf(), amended, at('10-05 12:00'))).moved).toBe(false);
    expect(reprojectClock({ ...three(), state: 'met' }, amended, at('10-05 12:00')).ok).toBe(false);
  });
});

describe('the end of a clock without evidence', () => {
  it('needs a reason and happens once', () => {
    expect(cancelClock(clockOf(), ' ')).toEqual({ ok: false, reason: '必须说明理由' });
    const { clock, endReason } = good(cancelClock(clockOf(), '下调为一般'));
    expect([clock.state, clock.nextAt, endReason]).toEqual(['cancelled', null, '下调为一般']);
    expect(supersedeClock(clock, '上调').ok).toBe(false);
    expect(good(supersedeClock(clockOf(), '上调为重大')).clock.state).toBe('superseded');
  });
});

describe('whatever is done to a clock', () => {
  it('its sheet gives the same instants again, and every change raises the revision', () => {
    const steps = fc.array(
      fc.tuple(fc.constantFrom('suspend', 'resume', 'extend', 'reproject'), fc.integer({ min: 1, max: 600 })),
      { maxLength: 12 },
    );
    const limits = fc.constantFrom(
      { unit: 'hours' as const, amount: 72 },
      { unit: 'natural_days' as const, amount: 5 },
      { unit: 'working_days' as const, amount: 5 },
    );
    fc.assert(
      fc.property(limits, steps, (limit, actions) => {
        let clock = clockOf({ limit, extension: { ...limit, amount: 3 }, suspensionHours: 200 }, '09-28 09:00');
        let now = at('09-28 09:00').getTime();
        for (const [action, minutes] of actions) {
          now += minutes * 60_000;
          const when = new Date(now);
          const outcome =
            action === 'suspend'
              ? suspendClock(clock, DECISION, when)
              : action === 'resume'
                ? resumeClock(clock, when, CALENDAR)
                : action === 'extend'
                  ? extendClock(clock, { ...DECISION, term: { ...limit, amount: 1 } }, when, CALENDAR)
                  : reprojectClock(clock, CALENDAR, when);
          if (!outcome.ok) continue;
          if (action !== 'reproject') expect(outcome.clock.revision).toBe(clock.revision + 1);
          clock = outcome.clock;
          expect(recompute(clock.derivation, CALENDAR)).toMatchObject({
            dueAt: clock.dueAt,
            days: clock.derivation.days,
          });
        }
      }),
    );
  });
});

describe('a duty that wants several pieces of evidence', () => {
  const clock = clockOf({ limit: { unit: 'until', date: '2026-12-31' }, metBy: ['interpretation'], times: 3 }, '01-01 00:00');
  const piece = (when: string, byHead = false): MeetingEvidence => ({ kind: 'interpretation', happenedAt: at(when), enteredAt: at('12-31 12:00'), byHead });

  it('is not met before the last of them, and says how many are missing', () => {
    const second = meetClock(clock, { ...piece('05-02 09:00'), earlier: [piece('03-01 09:00')] });
    expect(second).toEqual({ ok: false, reason: '「发布权威信息」已计第 2 次，共需 3 次，还差 1 次' });
  });

  it('is met when the last was done by its own time, in whatever order they are entered', () => {
    const third = meetClock(clock, { ...piece('02-01 09:00'), earlier: [piece('06-01 09:00'), piece('03-01 09:00')] });
    expect(third.ok && third.clock).toMatchObject({ state: 'met', metAt: at('06-01 09:00') });
  });

  it('does not count what was done before the term, nor evidence of another kind', () => {
    const other = { ...piece('03-01 09:00'), kind: 'release' as const };
    const third = meetClock(clock, { ...piece('06-01 09:00'), earlier: [piece('2025-12-31T10:00:00+08:00'), other] });
    expect(third).toMatchObject({ ok: false, reason: expect.stringContaining('还差 2 次') });
  });

  it('counts only what the head did himself where the rule says so', () => {
    const byHead = { ...clock, rule: { ...clock.rule, times: 2, byHead: true } };
    expect(meetClock(byHead, piece('06-01 09:00'))).toMatchObject({ ok: false, reason: expect.stringContaining('只计单位主要负责人本人') });
    expect(meetClock(byHead, { ...piece('06-01 09:00', true), earlier: [piece('05-01 09:00')] })).toMatchObject({ ok: false });
    expect(meetClock(byHead, { ...piece('06-01 09:00', true), earlier: [piece('05-01 09:00', true)] }).ok).toBe(true);
  });
});
