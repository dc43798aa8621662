import { SourceBook } from '@app/response';
import { loadSettings, type FetchedSource } from '@app/settings';
import { openScratch, PgListener, rows, type Scratch, shiftTime } from '@app/storage';
import { fault } from './intake-fault';
import { type RunResult, SourceLedger } from './source-ledger.service';
import { SourceWatch } from './source-watch.service';

const feed: FetchedSource = {
  name: 'county-paper',
  title: '县报',
  kind: 'feed',
  url: 'https://paper.example/rss',
  enabled: true,
  official: false,
  schedule: { everySeconds: 600 },
  politeness: { pauseSeconds: 0, maxDetails: 10 },
};
const HOUR = 3_600_000;
const good: Omit<RunResult, 'nextFetchAt'> = { fault: null, notModified: false, stored: 5, entries: 20, certificateEndsAt: null, etag: null, lastModified: null };

let scratch: Scratch;
let ledger: SourceLedger;
let watch: SourceWatch;

beforeAll(async () => {
  scratch = await openScratch();
  ledger = new SourceLedger(scratch.dataSource);
  const settings = { ...loadSettings(), sources: [feed] };
  watch = new SourceWatch(scratch.dataSource, new SourceBook(scratch.dataSource, new PgListener(scratch.url), settings), settings);
  await ledger.enrol([feed]);
  await shiftTime(scratch.dataSource, { to: new Date('2026-02-02T04:00:00Z'), rate: 0 });
});
afterAll(() => scratch.close());

async function run(over: Partial<RunResult> = {}): Promise<void> {
  await rows(scratch.dataSource, 'update source_state set next_fetch_at = app_now()');
  const [state] = await ledger.claimDue([feed], 1);
  if (!state) throw new Error('the source was not due');
  await ledger.settle(state, { ...good, nextFetchAt: state.now, ...over });
}
const pass = (hours: number): Promise<unknown> => shiftTime(scratch.dataSource, { byMs: hours * HOUR });
const alerts = (): Promise<{ title: string; body: string; escalating: boolean }[]> =>
  rows(scratch.dataSource, 'select title, body, receipt_minutes is not null as escalating from alert order by id');

describe('SourceWatch', () => {
  it('learns the usual, tells a silence once, and ends it when the source speaks again', async () => {
    for (let day = 0; day < 5; day++) {
      await run();
      await pass(24);
    }
    await run();
    expect(await watch.examine()).toEqual({ opened: 0, ended: 0 });
    expect(await rows(scratch.dataSource, 'select usual_per_day, success_rate from source_health')).toEqual([{ usual_per_day: 5, success_rate: 1 }]);

    await pass(30);
    await run({ stored: 0, notModified: true, entries: null });
    expect(await watch.examine()).toEqual({ opened: 1, ended: 0 });
    expect(await watch.examine()).toBeNull(); // another crawler has just been
    await pass(1);
    expect(await watch.examine()).toEqual({ opened: 0, ended: 0 });
    expect(await alerts()).toEqual([{ title: '【源静默】县报', body: expect.stringContaining('平时每天约 5 条'), escalating: true }]);

    await run();
    await pass(1);
    expect(await watch.examine()).toEqual({ opened: 0, ended: 1 });
    expect((await alerts()).map((a) => [a.title, a.escalating])).toEqual([
      ['【源静默】县报', false],
      ['【来源恢复】县报', false],
    ]);
  });

  it('tells 200 without entries, a selector that finds nothing and a certificate that ends', async () => {
    const opened = async (): Promise<string[]> =>
      (await rows<{ kind: string }>(scratch.dataSource, 'select kind from source_incident where ended_at is null order by kind')).map((r) => r.kind);
    await run({ stored: 0, entries: 0 });
    await run({ stored: 0, entries: 0, certificateEndsAt: new Date('2026-02-12T00:00:00Z') });
    await pass(1);
    await watch.examine();
    expect(await opened()).toEqual(['certificate', 'no-items']);
    await run({ certificateEndsAt: new Date('2027-02-12T00:00:00Z') });
    await pass(1);
    await watch.examine();
    expect(await opened()).toEqual([]);
    const lost = { fault: fault('no-items', '选择器 .x 没有找到任何条目'), entries: null, stored: 0 };
    await run(lost);
    await run(lost);
    await pass(1);
    await watch.examine();
    expect(await opened()).toEqual(['no-items']);
    expect((await alerts()).at(-1)?.body).toContain('选择器 .x 没有找到');
  });
});
