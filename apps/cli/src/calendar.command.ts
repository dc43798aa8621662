import type { Command } from 'commander';
import { dateOfDayNumber, dayNumberOf } from '@app/domain';
import { readInput } from './input-file';
import { writeLine } from './json-lines';

const ACTOR = 'cli';

/** `calendar show|load`: the working days of a year; a new or amended holiday notice. */
export function calendarCommand(program: Command): void {
  const calendar = program.command('calendar').description('working days and holiday notices (db)');
  calendar
    .command('show <year>')
    .description('each day that differs from a plain week, with the notice behind it')
    .action((year: string) => show(year));
  calendar
    .command('load <file>')
    .description(
      'adopt a notice (YAML or JSON as in config/calendar): open clocks are moved, old and new instants kept',
    )
    .option('--dry-run', 'only say what it would move')
    .action((file: string, options: { dryRun?: boolean }) => load(file, options.dryRun === true));
}

async function show(year: string): Promise<void> {
  if (!/^(19|20)\d\d$/.test(year)) throw new Error(`year = ${year}: allowed is 1990–2099`);
  await withCalendar(async ({ laws }) => {
    const { version, coverageFrom, coverageUntil } = laws.calendar;
    await writeLine({ year: Number(year), version, coverageFrom, coverageUntil });
    const [first, after] = [dayNumberOf(`${year}-01-01`), dayNumberOf(`${Number(year) + 1}-01-01`)];
    for (let n = first; n < after; n++) {
      const day = laws.calendar.dayOf(dateOfDayNumber(n));
      const weekend = [0, 6].includes(new Date(`${day.date}T00:00:00Z`).getUTCDay());
      if (day.working === weekend || day.statutory) await writeLine(day);
    }
  });
}

async function load(file: string, dryRun: boolean): Promise<void> {
  const text = readInput(file).toString('utf8');
  await withCalendar(async ({ desk, reprojection, audit }) => {
    const seen = await desk.preview(text);
    if (!seen.ok) return refuse(seen.faults);
    await writeLine({ dryRun, ...seen });
    if (dryRun) return;
    const done = await desk.adopt(text, ACTOR, (tx, notice, versions) => {
      const titles = notice.notices.map((n) => n.title);
      const entry = { actor: ACTOR, action: 'calendar.load', object: `calendar:${notice.year}` };
      return audit.append({ ...entry, data: { titles, ...versions } }, tx);
    });
    if (!done.ok) return refuse(done.faults);
    // The rules process does the same when it runs: a clock is moved once, by whoever holds its case first.
    const report = await reprojection.reproject(done.calendar);
    await writeLine({ adopted: done.calendar.version, clocks: report.clocks, moved: report.moved.length });
  });
}

async function refuse(faults: { key: string; reason: string }[]): Promise<void> {
  for (const fault of faults) await writeLine({ error: fault.reason, field: fault.key });
  process.exitCode = 1;
}

type Tools = Awaited<ReturnType<typeof toolsOn>>;

async function toolsOn(dataSource: import('typeorm').DataSource) {
  const [response, { AuditChain }, settingsLib, domain] = await Promise.all([
    import('@app/response'),
    import('@app/accounts'),
    import('@app/settings'),
    import('@app/domain'),
  ]);
  const settings = settingsLib.loadSettings();
  const shelf = new response.NoticeShelf(settings);
  const loaded = (await shelf.load(dataSource)).map((l) => l.notice);
  const { notices, statutory } = settings.calendar;
  const laws = new response.Lawbook(
    settingsLib.ruleBookOf(settings),
    domain.buildCalendar([...notices, ...loaded], statutory),
  );
  const reprojection = new response.CalendarReprojection(dataSource, laws);
  const desk = new response.CalendarDesk(dataSource, shelf, reprojection);
  return { laws, reprojection, desk, audit: new AuditChain(dataSource) };
}

async function withCalendar(act: (tools: Tools) => Promise<void>): Promise<void> {
  // Loaded here: the commands that need no database start without it.
  const { withDatabase } = await import('./open-database');
  await withDatabase(async (dataSource) => act(await toolsOn(dataSource)));
}
