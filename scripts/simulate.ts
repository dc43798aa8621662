/**
 * npm run simulate -- [--sources N] [--days N] [--seed N] [--cases N a day]: the plan of county, city, province and nation held against the pure
 * core. Every poll of a day is planned by the very function the crawler uses, every clock by the rule book, every rung by its
 * ladder. What is assumed of the world stands in WORLD and is printed; what follows from it is counted.
 */
import { parseArgs } from 'node:util';
import { buildCalendar, type CaseClass, type ClockPlan, planDuties, planLadder } from '@app/domain';
import { planPace } from '@app/intake';
import { loadSettings, ruleBookOf } from '@app/settings';

const { values } = parseArgs({
  options: {
    sources: { type: 'string', default: '1000000' },
    days: { type: 'string', default: '365' },
    seed: { type: 'string', default: '1' },
    cases: { type: 'string', default: '500' },
  },
});
const [SOURCES, DAYS, SEED, CASES] = [
  Number(values.sources),
  Number(values.days),
  Number(values.seed),
  Number(values.cases),
];
for (const [name, n, most] of [
  ['sources', SOURCES, 10_000_000],
  ['days', DAYS, 3660],
  ['seed', SEED, 2 ** 31],
  ['cases', CASES, 10_000_000],
] as const)
  if (!Number.isInteger(n) || n < 1 || n > most) throw new Error(`--${name}: a whole number 1–${most}`);

/** Assumptions, to be replaced by a place's own figures. */
const WORLD = {
  /** Items a source brings in a day: heavy-tailed (Pareto), median about 2, some bring hundreds. */
  itemsTail: 1.1,
  itemsMedian: 2,
  itemsMost: 2_000,
  /** Of the items, what is 政务舆情, and of that what opens a case (the rest joins one, or is a copy). */
  relevant: 0.12,
  opens: 0.25,
  /** Of the cases. */
  classes: { ordinary: 0.93, major: 0.065, emergency: 0.005 } as Record<CaseClass, number>,
  /** Hours until a duty is answered: lognormal with this median and spread; the slow tail is late. */
  answerMedianHours: 20,
  answerSpread: 1.1,
  schedule: { everySeconds: 900, minSeconds: 300, maxSeconds: 21_600 },
  /** People who are told of one rung. */
  toldByRung: 3,
};
const LEVELS = [
  { name: 'county 县', sources: 300, people: 60 },
  { name: 'city 市', sources: 4_000, people: 900 },
  { name: 'province 省', sources: 40_000, people: 9_000 },
  { name: 'nation 全国', sources: 1_000_000, people: 250_000 },
];
const DAY = 86_400_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** mulberry32: the same seed gives the same year. */
function randomOf(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
const random = randomOf(SEED);
const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

interface Day {
  polls: number;
  empty: number;
  items: number;
  busiestSecond: number;
  /** Median and p95 of the minutes from publication to the poll that finds it. */
  lag: [number, number];
}

/** One day in the steady state: each source finds its pace for a week first. */
function crawl(sources: number): Day {
  const perMinute = new Uint32Array(1440);
  const lags = new Float32Array(Math.min(sources * 3, 3_000_000));
  let [polls, empty, items, seen] = [0, 0, 0, 0];
  for (let s = 0; s < sources; s++) {
    const rate = Math.min(WORLD.itemsMost, (WORLD.itemsMedian * 0.53) / (1 - random()) ** (1 / WORLD.itemsTail)) / DAY;
    let pace: number | null = null;
    let at = random() * WORLD.schedule.everySeconds * 1000;
    for (const end = 8 * DAY; at < end;) {
      const before: number = (pace ?? WORLD.schedule.everySeconds) * 1000;
      const found = poisson(rate * before);
      if (at >= 7 * DAY) {
        polls++;
        if (found === 0) empty++;
        items += found;
        perMinute[Math.floor((at - 7 * DAY) / 60_000)]!++;
        if (found > 0 && seen < lags.length) lags[seen++] = (random() * before) / 60_000;
      }
      pace = planPace({ schedule: WORLD.schedule, priority: 'normal' }, pace, found);
      at += (pace ?? WORLD.schedule.everySeconds) * 1000 * (0.95 + 0.1 * random());
    }
  }
  const sorted = lags.subarray(0, seen).sort();
  const q = (p: number): number => sorted[Math.min(seen - 1, Math.floor(seen * p))] ?? 0;
  return { polls, empty, items, busiestSecond: Math.max(...perMinute) / 60, lag: [q(0.5), q(0.95)] };
}

function poisson(mean: number): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
  const limit = Math.exp(-mean);
  let n = 0;
  for (let p = random(); p > limit; p *= random()) n++;
  return n;
}

interface Year {
  cases: number;
  clocks: number;
  late: number;
  rungs: number;
  /** Open at the end of each day: the most. */
  mostOpen: number;
  /** Rungs in the busiest minute. */
  busiestMinute: number;
  planMicros: number;
}

/** A year of cases at so many a day: clocks by the book, their rungs until they are answered. */
function answer(casesADay: number): Year {
  const settings = loadSettings();
  const [book, calendar] = [
    ruleBookOf(settings),
    buildCalendar(settings.calendar.notices, settings.calendar.statutory),
  ];
  const first = Date.parse('2026-01-01T00:00:00+08:00');
  const minutes = new Map<number, number>();
  const open = new Int32Array(DAYS + 400);
  const year: Year = { cases: 0, clocks: 0, late: 0, rungs: 0, mostOpen: 0, busiestMinute: 0, planMicros: 0 };
  const begun = performance.now();
  for (let day = 0; day < DAYS; day++) {
    for (let n = poisson(casesADay); n > 0; n--) {
      year.cases++;
      const detected = new Date(first + day * DAY + minuteOfDay() * 60_000);
      for (const plan of planDuties(
        book,
        classOf(),
        { detected, first_public: detected, assigned: detected },
        calendar,
      )) {
        year.clocks++;
        const answeredAt =
          detected.getTime() + Math.exp(Math.log(WORLD.answerMedianHours) + WORLD.answerSpread * normal()) * 3_600_000;
        if (answeredAt > plan.dueAt.getTime()) year.late++;
        year.rungs += rungsOf(plan, answeredAt, minutes);
        open[day]!++;
        open[Math.min(open.length - 1, Math.floor((answeredAt - first) / DAY) + 1)]!--;
      }
    }
  }
  year.planMicros = ((performance.now() - begun) * 1000) / Math.max(1, year.clocks);
  let now = 0;
  for (let day = 0; day < DAYS; day++) year.mostOpen = Math.max(year.mostOpen, (now += open[day]!));
  for (const n of minutes.values()) year.busiestMinute = Math.max(year.busiestMinute, n);
  return year;
}

function rungsOf(plan: ClockPlan, answeredAt: number, minutes: Map<number, number>): number {
  const fired = planLadder(plan).filter((r) => r.rungAt.getTime() <= answeredAt);
  for (const r of fired) {
    const minute = Math.floor(r.rungAt.getTime() / 60_000);
    minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
  }
  return fired.length;
}

/** More by day than by night. */
function minuteOfDay(): number {
  return random() < 0.85 ? 7 * 60 + random() * 16 * 60 : random() * 1440;
}

function classOf(): CaseClass {
  let left = random();
  for (const [name, share] of Object.entries(WORLD.classes) as [CaseClass, number][])
    if ((left -= share) < 0) return name;
  return 'ordinary';
}

const round = (n: number, digits = 0): string => n.toLocaleString('en-US', { maximumFractionDigits: digits });

say(`assumed: ${JSON.stringify(WORLD)}; seed ${SEED}, ${DAYS} days`);
for (const level of LEVELS) {
  const sources = Math.min(level.sources, SOURCES);
  const crawlBegun = performance.now();
  const day = crawl(sources);
  const crawlSeconds = (performance.now() - crawlBegun) / 1000;
  const casesADay = day.items * WORLD.relevant * WORLD.opens;
  // Above this the year is played at a share of its size: sums scale with the cases, which are independent of one another.
  const share = Math.min(1, CASES / casesADay);
  const year = answer(casesADay * share);
  const whole = (n: number): number => n / share;
  say(`\n${level.name}: ${round(sources)} sources, ${round(level.people)} people`);
  say(
    `  polls: ${round(day.polls / 86_400, 1)} a second (busiest minute ${round(day.busiestSecond, 1)}), ${round((100 * day.empty) / day.polls)} % bring nothing; found after p50 ${round(day.lag[0], 1)} min, p95 ${round(day.lag[1], 1)} min`,
  );
  say(
    `  items: ${round(day.items)} a day, ${round(day.items / 86_400, 2)} a second; ${round(day.items * DAYS)} in the time`,
  );
  say(
    `  cases: ${round(casesADay)} a day, ${round(whole(year.cases))} in the time; clocks ${round(whole(year.clocks))}, ${round((100 * year.late) / year.clocks, 1)} % late; open at most ${round(whole(year.mostOpen))}`,
  );
  say(
    `  rungs: ${round(whole(year.rungs))}, ${round(whole(year.rungs) / DAYS / 1440, 1)} a minute, busiest minute ${round(whole(year.busiestMinute))}; alerts to people ${round(whole(year.rungs) * WORLD.toldByRung)}`,
  );
  say(
    `  played in ${round(crawlSeconds, 1)} s for ${round(day.polls * 8)} polls; ${round(year.planMicros, 1)} µs for each clock with its rungs${share < 1 ? ` (the year at ${round(share * 100, 2)} % of its cases)` : ''}`,
  );
}
