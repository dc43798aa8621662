import { fault } from './intake-fault';
import { planNextFetch, planPace } from './next-fetch';
import { parseRetryAfter } from './fetch/retry-after';
import { playDemo } from './demo/demo-player';

const NOW = new Date('2026-02-14T04:00:00Z');
const seconds = (at: Date): number => (at.getTime() - NOW.getTime()) / 1000;
const every = { schedule: { everySeconds: 600 } };

describe('planNextFetch', () => {
  it('comes back after the interval, give or take a twentieth', () => {
    expect(seconds(planNextFetch(every, null, NOW, 0, null, 0))).toBe(570);
    expect(seconds(planNextFetch(every, null, NOW, 0, null, 1))).toBe(630);
  });

  it('follows cron in Beijing time', () => {
    expect(planNextFetch({ schedule: { cron: '0 30 8 * * *' } }, null, NOW, 0, null, 0)).toEqual(new Date('2026-02-15T00:30:00Z'));
  });

  it('backs off twofold, passing faults to six hours, permanent ones to a day', () => {
    const passing = fault('timeout', '');
    expect([1, 2, 3, 20].map((n) => seconds(planNextFetch(every, null, NOW, n, passing, 0.5)))).toEqual([
      600, 1200, 2400, 21_600,
    ]);
    expect([1, 20].map((n) => seconds(planNextFetch(every, null, NOW, n, fault('http-permanent', ''), 0.5)))).toEqual([
      4800, 86_400,
    ]);
  });

  it('never undercuts the wait that a server asks for', () => {
    expect(seconds(planNextFetch({ schedule: { everySeconds: 60 } }, null, NOW, 1, fault('rate-limited', '', 7200), 0))).toBe(7200);
  });
});

describe('planPace', () => {
  const bounded = { schedule: { everySeconds: 600, minSeconds: 120, maxSeconds: 3600 } };

  it('asks a busy source more often and a quiet one less, never beyond the bounds', () => {
    expect(planPace(bounded, null, 3)).toBe(420);
    expect(planPace(bounded, 420, 0)).toBe(504);
    let [busy, quiet]: [number | null, number | null] = [null, null];
    for (let i = 0; i < 30; i++) [busy, quiet] = [planPace(bounded, busy, 1), planPace(bounded, quiet, 0)];
    expect([busy, quiet]).toEqual([120, 3600]);
  });

  it('stays at the interval where the schedule gives no bounds, and says nothing of cron', () => {
    expect(planPace(every, null, 5)).toBe(600);
    expect(planPace({ schedule: { cron: '0 30 8 * * *' } }, null, 5)).toBeNull();
  });

  it('reads a source of high priority every minute, and within about ten minutes after any passing fault', () => {
    const high = { ...bounded, priority: 'high' as const };
    expect(planPace(high, 3600, 0)).toBe(60);
    expect(seconds(planNextFetch(high, 3600, NOW, 0, null, 0.5))).toBe(60);
    expect(seconds(planNextFetch(high, null, NOW, 20, fault('timeout', ''), 0.5))).toBe(600);
  });

  it('plans the next fetch by the pace it has come to', () => {
    expect(seconds(planNextFetch(bounded, 240, NOW, 0, null, 0.5))).toBe(240);
  });
});

describe('parseRetryAfter', () => {
  it.each([
    ['120', null, 120],
    ['Sat, 14 Feb 2026 04:02:00 GMT', 'Sat, 14 Feb 2026 04:00:00 GMT', 120],
    ['Sat, 14 Feb 2026 03:00:00 GMT', 'Sat, 14 Feb 2026 04:00:00 GMT', 0],
    ['99999999', null, 86_400],
    ['soon', null, null],
    [null, null, null],
  ])('%s (Date %s) → %s', (value, date, wait) => expect(parseRetryAfter(value, date)).toBe(wait));
});

describe('playDemo', () => {
  const script = {
    county: '云溪县',
    channels: { board: '留言' },
    entries: ['00:00', '00:30', '01:00'].map((at, i) => ({
      id: `e${i}`,
      at,
      channel: 'board',
      title: `第${i}条`,
      text: '文',
    })),
  };

  it('plays each entry once at its time and goes on after a restart', () => {
    const first = playDemo(script, 'board', {}, NOW, 30);
    expect(first.items.map((i) => i.guid)).toEqual(['e0']);
    expect(first.nextAt).toEqual(new Date(NOW.getTime() + 60_000));
    const later = playDemo(script, 'board', first.cursor, new Date(NOW.getTime() + 3_600_000), 30);
    expect(later.items.map((i) => [i.guid, i.publishedAt])).toEqual([
      ['e1', new Date(NOW.getTime() + 60_000)],
      ['e2', new Date(NOW.getTime() + 120_000)],
    ]);
    expect(later.nextAt).toBeNull();
    expect(playDemo(script, 'board', later.cursor, new Date(NOW.getTime() + 7_200_000), 30).items).toEqual([]);
  });
});
