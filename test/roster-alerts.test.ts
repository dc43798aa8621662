import { CaseIntake, Roster } from '@app/response';
import { rows } from '@app/storage';
import { type EngineBench, incoming, LABEL, openEngine, START, until } from './engine-bench';

const HOUR = 3_600_000;
let bench: EngineBench;
const ids: Record<string, string> = {};
const roster = (): Roster => bench.app.get(Roster, { strict: false });
const after = (hours: number) => new Date(START.getTime() + hours * HOUR);

beforeAll(async () => {
  bench = await openEngine();
  for (const name of ['wang', 'li', 'zhao']) ids[name] = await bench.account(name, 'duty_officer');
  ids['leader'] = await bench.account('leader', 'leader');
}, 60_000);
afterAll(() => bench.close(), 30_000);

interface Reached {
  key: string;
  reached: string[];
  who: string[];
  /** Minutes from the alert to its addressing, by the database's clock. */
  waited: number;
}

/** Opens a case and says whom its first alerts reached. */
async function alertsOf(title: string, level: 'ordinary' | 'major' = 'ordinary', wanted = 1): Promise<Reached[]> {
  const caseId = await bench.db.transaction(async (manager) => {
    const item = await incoming(manager, { title, label: { ...LABEL, level } });
    return (await bench.app.get(CaseIntake, { strict: false }).take(manager, item)).caseId;
  });
  return reachedOf(caseId ?? '', wanted);
}

const reachedOf = (caseId: string, wanted: number): Promise<Reached[]> =>
  until(`${wanted} alerts`, async () => {
    const found = await rows<Reached>(
      bench.db,
      `select a.key, a.reached, round(extract(epoch from a.addressed_at - a.instant_at) / 60)::int as waited,
         array(select u.username from alert_delivery d join account u on u.id = d.account_id where d.alert_id = a.id order by 1) as who
       from alert a where a.case_id = $1 and a.addressed_at is not null and a.key like 'case:%' order by a.id`,
      [caseId],
    );
    return found.length >= wanted && found;
  });

const shift = (name: string, from: number, to: number) =>
  roster().add({
    ...{ accountId: ids[name] ?? '', office: 'duty_officer' as const, departmentId: null, standInFor: null },
    ...{ startsAt: after(from), endsAt: after(to) },
  });

it('without a roster everybody with the role is on duty', async () => {
  expect(await alertsOf('没有值班表')).toMatchObject([{ reached: ['duty_officer'], who: ['li', 'wang', 'zhao'] }]);
});

it('with a roster the officer on shift alone, and the stand-in instead of the one stood in for', async () => {
  const laid = await shift('wang', -1, 4);
  expect(await alertsOf('王当班')).toMatchObject([{ reached: ['duty_officer'], who: ['wang'] }]);
  const id = laid.ok ? (laid.ids[0] ?? '') : '';
  expect(await roster().replace(id, ids['li'] ?? '', after(0), after(2))).toMatchObject({ ok: true });
  expect(await alertsOf('李替班')).toMatchObject([{ who: ['li'] }]);
  await bench.pass(120);
  // The stand-in ends at its instant exactly.
  expect(await alertsOf('王又当班')).toMatchObject([{ who: ['wang'] }]);
});

it('nobody on duty: the next office at once, and the gap is shown', async () => {
  await bench.pass(120);
  expect(await alertsOf('无人当班')).toMatchObject([{ reached: ['leader'], who: ['leader'], waited: 0 }]);
  expect(await roster().loadGaps(after(3), after(6))).toEqual([
    { office: 'duty_officer', from: after(4), to: after(6) },
  ]);
});

it('no receipt within the minutes: the next office at once, by night and on a feast day too', async () => {
  // New Year’s night, 02:00: there are no quiet hours.
  await bench.pass((Date.parse('2027-01-01T02:00:00+08:00') - after(4).getTime()) / 60_000);
  const night = (Date.parse('2027-01-01T00:00:00+08:00') - START.getTime()) / HOUR;
  await shift('zhao', night, night + 8);
  const first = await alertsOf('元旦凌晨的重大舆情', 'major');
  expect(first).toMatchObject([{ who: ['zhao'], waited: 0 }]);
  const [found] = await rows<{ id: string }>(bench.db, `select case_id as id from alert where key = $1`, [
    first[0]?.key,
  ]);
  await bench.pass(14);
  expect(await reachedOf(found?.id ?? '', 1)).toHaveLength(1);
  await bench.pass(2);
  expect((await reachedOf(found?.id ?? '', 2))[1]).toMatchObject({ who: ['leader'] });
});
