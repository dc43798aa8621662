import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beijingDate, buildCalendar, computeDeadline, dateOfDayNumber, dayNumberOf, endOfDay } from '@app/domain';
import { calendarOf, loadCalendar } from './calendar.schema';
import { projectRoot } from './project-root';

/**
 * Every day of 2007–2026 against two sources that are not ours: the npm package chinese-days, and (where
 * HUIYING_HOLIDAYS names a folder with them) the yearly files of NateScarlet/holiday-cn.
 */
const settings = loadCalendar(join(projectRoot(), 'config'), []);
const calendar = calendarOf({ calendar: settings });
const FIRST = dayNumberOf('2007-01-01');
const LAST = dayNumberOf('2026-12-31');
const DAYS = Array.from({ length: LAST - FIRST + 1 }, (_, i) => dateOfDayNumber(FIRST + i));

/** chinese-days shifts days when the machine's zone lies west of UTC: it is asked in a process of its own, in UTC. */
function askChineseDays(): Set<string> {
  const program = `
    const { isWorkday } = require(${JSON.stringify(require.resolve('chinese-days'))});
    const days = ${JSON.stringify(DAYS)};
    process.stdout.write(JSON.stringify(days.filter((d) => isWorkday(d))));`;
  const answer = execFileSync(process.execPath, ['-'], {
    input: program,
    env: { ...process.env, TZ: 'UTC' },
    encoding: 'utf8',
  });
  return new Set(JSON.parse(answer) as string[]);
}
const workdays = askChineseDays();
const otherWorking = (date: string) => workdays.has(date);

function wrongDays(working: (date: string) => boolean): string[] {
  return DAYS.filter((date) => calendar.dayOf(date).working !== working(date));
}

it('chinese-days says the same of all 7,305 days', () => {
  expect(DAYS).toHaveLength(7305);
  expect(wrongDays(otherWorking)).toEqual([]);
});

it('working-day terms from every day of 2007–2026 end where counting with chinese-days ends', () => {
  const wrong: string[] = [];
  for (const [i, date] of DAYS.entries()) {
    if (i > DAYS.length - 40) break;
    const amount = 1 + (i % 20);
    let day = FIRST + i;
    for (let n = 0; n < amount;) if (otherWorking(dateOfDayNumber(++day))) n++;
    const { dueAt } = computeDeadline({ unit: 'working_days', amount }, `${date}T17:30:00+08:00`, calendar);
    if (dueAt.getTime() !== endOfDay(day).getTime()) wrong.push(`${date}+${amount}: ${beijingDate(dueAt)}`);
  }
  expect(wrong).toEqual([]);
});

it('the amendments changed what the notices before them had said', () => {
  const asPublished = (date: string) =>
    buildCalendar((settings?.notices ?? []).filter((n) => (n.published ?? '') <= date));
  expect(asPublished('2019-03-21').dayOf('2019-05-03').working).toBe(true);
  expect(asPublished('2019-03-22').dayOf('2019-05-03').working).toBe(false);
  expect(asPublished('2020-01-26').dayOf('2020-02-01').working).toBe(true);
  expect(asPublished('2020-01-27').dayOf('2020-02-01').working).toBe(false);
});

const folder = process.env.HUIYING_HOLIDAYS ?? '';
if (existsSync(join(folder, '2007.json'))) {
  it('holiday-cn says the same of all 7,305 days', () => {
    const named = new Map<string, boolean>();
    for (let year = 2007; year <= 2026; year++) {
      const file = JSON.parse(readFileSync(join(folder, `${year}.json`), 'utf8')) as {
        days: { date: string; isOffDay: boolean }[];
      };
      for (const day of file.days) named.set(day.date, day.isOffDay);
    }
    expect(named.size).toBeGreaterThan(600);
    const weekend = (date: string) => [0, 6].includes(new Date(`${date}T00:00:00Z`).getUTCDay());
    expect(wrongDays((date) => !(named.get(date) ?? weekend(date)))).toEqual([]);
  });
}
