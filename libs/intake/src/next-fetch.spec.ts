import { fault } from './intake-fault';
import { planNextFetch } from './next-fetch';
import { parseRetryAfter } from './fetch/retry-after';
import { playDemo } from './demo/demo-player';

const NOW = new Date('2026-02-14T04:00:00Z');
const seconds = (at: Date): number => (at.getTime() - NOW.getTime()) / 1000;
const every = { everySeconds: 600 };

describe('planNextFetch', () => {
  it('comes back after the interval, give or take a twentieth', () => {
    expect(seconds(planNextFetch(every, NOW, 0, null, 0))).toBe(570);
    expect(seconds(planNextFetch(every, NOW, 0, null, 1))).toBe(630);
  });

  it('follows cron in Beijing time', () => {
    expect(planNextFetch({ cron: '0 30 8 * * *' }, NOW, 0, null, 0)).toEqual(new Date('2026-02-15T00:30:00Z'));
  });

  it('backs off twofold, passing faults to six hours, permanent ones to a day', () => {
    const passing = fault('timeout', '');
    expect([1, 2, 3, 20].map((n) => seconds(planNextFetch(every, NOW, n, passing, 0.5)))).toEqual([
      600, 1200, 2400, 21_600,
    ]);
    expect([1, 20].map((n) => seconds(planNextFetch(every, NOW, n, fault('http-permanent', ''), 0.5)))).toEqual([
      4800, 86_400,
    ]);
  });

  it('never undercuts the wait that a server asks for', () => {
    expect(seconds(planNextFetch({ everySeconds: 60 }, NOW, 1, fault('rate-limited', '', 7200), 0))).toBe(7200);
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
