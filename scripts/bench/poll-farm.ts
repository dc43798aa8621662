import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { row } from '@app/storage';
import type { BenchDatabase } from './bench-database';
import { pause, said, stopApp } from './child';

const WINDOW_MS = 20_000;
const FIRST_PASS_MS = 600_000;

interface Count {
  fetches: number;
  notModified: number;
  failed: number;
  unread: number;
}

/** Conditional polling of many small feeds, each on a host of its own: polls per second once all have been read once, and memory. */
export async function pollFarm(db: BenchDatabase, feeds: number, crawlers: number): Promise<void> {
  const farm = fork(join(__dirname, 'farm.js'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const { port } = await said<{ port: number }>(farm);
  const env = { ...process.env, DATABASE_URL: db.url, FARM_FEEDS: String(feeds), FARM_PORT: String(port) };
  const workers = Array.from({ length: crawlers }, () =>
    fork(join(__dirname, 'poll-worker.js'), { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
  );
  try {
    await Promise.all(workers.map((w) => said(w)));
    const started = performance.now();
    for (let c = await count(db); c.unread > 0; c = await count(db)) {
      if (performance.now() - started > FIRST_PASS_MS) throw new Error(`${c.unread} feeds were not read once in time`);
      await pause(500);
    }
    line(
      `${feeds} feeds of ${feeds} hosts read for the first time, each with its robots.txt`,
      `${((performance.now() - started) / 1000).toFixed(1)} s`,
    );
    await fetch(`http://127.0.0.1:${port}/round`);
    const [before, cpuBefore] = [await count(db), await cpuOf(workers)];
    const from = performance.now();
    await pause(WINDOW_MS);
    const [after, spent] = [await count(db), await cpuOf(workers)];
    const seconds = (performance.now() - from) / 1000;
    const polls = after.fetches - before.fetches;
    const unchanged = (after.notModified - before.notModified) / polls;
    line(
      `conditional polls, ${crawlers} crawler(s)`,
      `${(polls / seconds).toFixed(0)} a second, ${(unchanged * 100).toFixed(1)} % unchanged (304), ${after.failed - before.failed} failed`,
    );
    line('crawler CPU', `${(((spent.cpu - cpuBefore.cpu) / polls) * 1000).toFixed(2)} ms a poll`);
    line('memory of a crawler (RSS)', spent.rss.map((r) => `${Math.round(r / 1e6)} MB`).join(', '));
  } finally {
    await Promise.all([...workers, farm].map((w) => stopApp(w, 'SIGKILL')));
  }
}

async function count(db: BenchDatabase): Promise<Count> {
  const found = await row<Count>(
    db.dataSource,
    `select coalesce(sum(fetches), 0)::int as fetches, coalesce(sum(not_modified), 0)::int as "notModified",
       count(*) filter (where fails > 0)::int as failed, count(*) filter (where fetches = 0)::int as unread
     from source_state where name like 'farm-%'`,
  );
  return found ?? { fetches: 0, notModified: 0, failed: 0, unread: 0 };
}

async function cpuOf(workers: readonly ChildProcess[]): Promise<{ cpu: number; rss: number[] }> {
  const all = await Promise.all(
    workers.map((w) => {
      const answered = said<{ rss: number; cpu: NodeJS.CpuUsage }>(w);
      w.send({});
      return answered;
    }),
  );
  return { cpu: all.reduce((n, a) => n + (a.cpu.user + a.cpu.system) / 1e6, 0), rss: all.map((a) => a.rss) };
}

function line(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(76)} ${value}\n`);
}
