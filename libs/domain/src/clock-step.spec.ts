import fc from 'fast-check';
import type { Clock } from './clock';
import { at, CALENDAR, clockOf } from './clock-fixture';
import { extendClock, suspendClock } from './clock-life';
import { nextInstant, rungKey, stepClock } from './clock-step';

const NONE: ReadonlySet<string> = new Set();
const DECISION = { reason: '等待鉴定结论', basis: '规定第五条', approver: '张县长' };

/** Steps like the engine: at the clock's next instant or later, remembering what fired. */
function run(
  clock: Clock,
  instants: Date[],
  fired = new Set<string>(),
): { rung: string; at: Date; loud: boolean; now: Date }[] {
  return instants.flatMap((now) =>
    stepClock(clock, fired, now).fire.map((f) => {
      fired.add(rungKey(f.rung, clock.revision));
      return { rung: f.rung, at: f.rungAt, loud: f.loud, now };
    }),
  );
}

describe('a step of a clock', () => {
  it('fires nothing before the first rung and names it as next', () => {
    const step = stepClock(clockOf(), NONE, at('03-10 09:00'));
    expect(step).toEqual({ fire: [], nextAt: at('03-10 11:30'), breachedAt: null, resumeAt: null });
  });

  it('fires a rung at its very instant, and only once', () => {
    const clock = clockOf();
    const { fire, nextAt } = stepClock(clock, NONE, at('03-10 11:30'));
    expect(fire.map((f) => [f.rung, f.kind, f.severity, f.loud])).toEqual([['half', 'warn', 'info', true]]);
    expect(nextAt).toEqual(at('03-10 13:00'));
    expect(stepClock(clock, new Set([rungKey('half', 0)]), at('03-10 12:00')).fire).toEqual([]);
  });

  it('knows the breach as the computed instant, not the sweep', () => {
    expect(stepClock(clockOf(), NONE, at('03-10 14:47')).breachedAt).toEqual(at('03-10 14:00'));
  });

  it('after downtime records every missed rung and repeat, and is loud once, to all of them', () => {
    const { fire, nextAt } = stepClock(clockOf(), NONE, at('03-13 15:00'));
    expect(fire.map((f) => [f.rung, f.rungAt, f.loud])).toEqual([
      ['half', at('03-10 11:30'), false],
      ['warn', at('03-10 13:00'), false],
      ['due', at('03-10 14:00'), false],
      ['after-1h', at('03-10 15:00'), false],
      ['daily', at('03-11 14:00'), false],
      ['daily#1', at('03-12 14:00'), false],
      ['daily#2', at('03-13 14:00'), true],
    ]);
    expect(fire.at(-1)).toMatchObject({
      severity: 'critical',
      audience: ['duty_officer', 'department_contact', 'department_head', 'deputy_leader', 'leader'],
    });
    expect(nextAt).toEqual(at('03-14 14:00'));
  });

  it('a late sweep never shifts the chain', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 30 }), (gaps) => {
        let t = at('03-10 09:00').getTime();
        const instants = gaps.map((g) => new Date((t += g * 60_000)));
        const fired = run(clockOf(), instants);
        const all = run(clockOf(), [instants.at(-1) ?? at('03-10 09:00')]);
        // Whatever the sweeps, the same rungs with the same instants, each once, none before its instant.
        expect(fired.map((f) => [f.rung, f.at])).toEqual(all.map((f) => [f.rung, f.at]));
        expect(new Set(fired.map((f) => f.rung)).size).toBe(fired.length);
        expect(fired.every((f) => f.at.getTime() <= f.now.getTime())).toBe(true);
        for (const now of new Set(fired.map((f) => f.now))) {
          expect(fired.filter((f) => f.now === now && f.loud)).toHaveLength(1);
        }
      }),
    );
  });

  it('stops when the clock has ended', () => {
    for (const state of ['met', 'met_late', 'cancelled', 'superseded'] as const) {
      const clock = { ...clockOf(), state };
      expect(stepClock(clock, NONE, at('03-12 09:00'))).toMatchObject({ fire: [], nextAt: null });
      expect(nextInstant(clock, NONE, at('03-12 09:00'))).toBeNull();
    }
  });

  it('looks at once when a rung is missing, else at the next one', () => {
    expect(nextInstant(clockOf(), NONE, at('03-10 12:00'))).toEqual(at('03-10 11:30'));
    expect(nextInstant(clockOf(), new Set([rungKey('half', 0)]), at('03-10 12:00'))).toEqual(at('03-10 13:00'));
  });
});

describe('after an extension', () => {
  const clock = clockOf({ extension: { unit: 'hours', amount: 10 } });
  const fired = new Set(['half', 'warn'].map((r) => rungKey(r, 0)));
  const extended = extendClock(clock, { ...DECISION, term: { unit: 'hours', amount: 5 } }, at('03-10 13:30'), CALENDAR);
  if (!extended.ok) throw new Error(extended.reason);

  it('rungs that fired do not fire again unless they moved into the future', () => {
    expect(extended.clock.dueAt).toEqual(at('03-10 19:00'));
    // half moved from 11:30 to 14:00, warn from 13:00 to 17:00: both lie ahead again.
    expect(stepClock(extended.clock, fired, at('03-10 13:30'))).toMatchObject({ fire: [], nextAt: at('03-10 14:00') });
    expect(stepClock(extended.clock, fired, at('03-10 14:00')).fire.map((f) => f.rung)).toEqual(['half']);
  });

  it('a rung left behind by a small extension stays fired', () => {
    const small = extendClock(clock, { ...DECISION, term: { unit: 'hours', amount: 1 } }, at('03-10 13:30'), CALENDAR);
    if (!small.ok) throw new Error(small.reason);
    // half stands at 12:00 now, before the revision: it fired already and is not told again.
    expect(stepClock(small.clock, fired, at('03-10 13:31')).fire).toEqual([]);
  });
});

describe('a suspended clock', () => {
  const suspended = suspendClock(clockOf({ suspensionHours: 48 }), DECISION, at('03-10 10:00'));
  if (!suspended.ok) throw new Error(suspended.reason);

  it('fires nothing, and asks to be resumed when its bound is used up', () => {
    expect(stepClock(suspended.clock, NONE, at('03-11 10:00'))).toMatchObject({
      fire: [],
      nextAt: at('03-12 10:00'),
      resumeAt: null,
    });
    expect(stepClock(suspended.clock, NONE, at('03-12 10:05'))).toMatchObject({
      nextAt: null,
      resumeAt: at('03-12 10:00'),
    });
  });
});
