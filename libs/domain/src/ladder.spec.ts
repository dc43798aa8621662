import fc from 'fast-check';
import { at, clockOf, LADDER } from './clock-fixture';
import { firstInstantAfter, nextOffice, planLadder, repeatsBetween } from './ladder';
import { OFFICES, type Ladder } from './rule';

const rungsOf = (clock: Parameters<typeof planLadder>[0]) =>
  planLadder(clock).map((r) => [r.rung, r.rungAt.toISOString(), r.kind]);

describe('the ladder of a clock', () => {
  it('stands at absolute instants between anchor and due, and after', () => {
    expect(rungsOf(clockOf())).toEqual([
      ['half', at('03-10 11:30').toISOString(), 'warn'],
      ['warn', at('03-10 13:00').toISOString(), 'warn'],
      ['due', at('03-10 14:00').toISOString(), 'breach'],
      ['after-1h', at('03-10 15:00').toISOString(), 'breach'],
      ['daily', at('03-11 14:00').toISOString(), 'breach'],
    ]);
  });

  it('gives the target and the limit rungs of their own, also where it names none', () => {
    const bare: Ladder = {
      id: 'bare',
      title: '',
      rungs: [{ id: 'half', share: 0.5, audience: ['leader'], severity: 'info' }],
    };
    const clock = clockOf({ target: { unit: 'hours', amount: 3 } }, '03-10 09:00', bare);
    expect(planLadder(clock).map((r) => [r.rung, r.of, r.rungAt])).toEqual([
      ['half', 'limit', at('03-10 11:30')],
      ['target', 'target', at('03-10 12:00')],
      ['due', 'limit', at('03-10 14:00')],
    ]);
    expect(planLadder(clock).every((r) => r.audience.includes('leader'))).toBe(true);
  });

  it('leaves out rungs of a target that the duty has not', () => {
    const ladder: Ladder = {
      ...LADDER,
      rungs: [
        ...LADDER.rungs,
        { id: 'target', of: 'target', offsetMinutes: 0, audience: ['leader'], severity: 'info' },
      ],
    };
    expect(planLadder(clockOf({}, '03-10 09:00', ladder)).map((r) => r.rung)).not.toContain('target');
  });

  it('never stands before the anchor', () => {
    const ladder: Ladder = {
      ...LADDER,
      rungs: [{ id: 'day-before', offsetMinutes: -1440, audience: ['leader'], severity: 'info' }],
    };
    expect(planLadder(clockOf({}, '03-10 09:00', ladder))[0]?.rungAt).toEqual(at('03-10 09:00'));
  });

  it('counts repeats #1, #2 … at their own instants', () => {
    const daily = planLadder(clockOf()).find((r) => r.rung === 'daily');
    if (!daily) throw new Error('no daily rung');
    expect(repeatsBetween(daily, null, at('03-13 14:00')).map((r) => [r.rung, r.rungAt, r.kind])).toEqual([
      ['daily#1', at('03-12 14:00'), 'repeat'],
      ['daily#2', at('03-13 14:00'), 'repeat'],
    ]);
    expect(repeatsBetween(daily, at('03-12 14:00'), at('03-13 14:00')).map((r) => r.rung)).toEqual(['daily#2']);
  });

  it('has a next instant as long as it repeats', () => {
    const rungs = planLadder(clockOf());
    fc.assert(
      fc.property(fc.integer({ min: -10_000, max: 1_000_000 }), (minutes) => {
        const now = new Date(at('03-10 09:00').getTime() + minutes * 60_000);
        const next = firstInstantAfter(rungs, now);
        expect(next && next.getTime() > now.getTime()).toBe(true);
        const all = rungs.flatMap((r) => [r, ...repeatsBetween(r, null, next ?? now)]).map((r) => r.rungAt.getTime());
        expect(next?.getTime()).toBe(Math.min(...all.filter((t) => t > now.getTime())));
      }),
    );
  });

  it('climbs office by office', () => {
    expect(OFFICES.map((o) => nextOffice([o]))).toEqual([...OFFICES.slice(1), null]);
    expect(nextOffice(['leader', 'duty_officer'])).toBeNull();
    expect(nextOffice(['duty_officer', 'department_head'])).toBe('deputy_leader');
  });
});
