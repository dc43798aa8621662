import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { CHANNELS, freePort, rows, sendHint } from '@app/storage';
import type { BenchDatabase } from './bench-database';
import { startApp, stopApp } from './child';

/** Gateways behind a plain balancer of TCP connections, and engines, over one database. */
export class Fleet {
  private constructor(
    readonly base: string,
    readonly gateways: ChildProcess[],
    readonly engines: ChildProcess[],
    readonly balancer: ChildProcess,
  ) {}

  static async start(database: BenchDatabase, size: { gateways: number; engines: number }): Promise<Fleet> {
    const ports = await freePorts(size.gateways);
    const gateways = await Promise.all(
      ports.map((port) => startApp('gateway', database.url, { HUIYING_PORT: String(port) })),
    );
    const engines = await Promise.all(Array.from({ length: size.engines }, () => startApp('rules', database.url)));
    const balancer = await openBalancer(ports);
    const children = (list: { child: ChildProcess }[]): ChildProcess[] => list.map(({ child }) => child);
    return new Fleet(`http://127.0.0.1:${balancer.port}`, children(gateways), children(engines), balancer.child);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.gateways, ...this.engines, this.balancer].map((child) => stopApp(child)));
  }
}

/** One after the other: none is given twice. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

export async function openBalancer(ports: readonly number[]): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(join(__dirname, 'balancer.js'), ports.map(String), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { child, port };
}

let raised = 0;
/**
 * An alert as the outbox writes it; an engine addresses it. Its key ends in the instant before it was written, from which a
 * crowd measures.
 * @param unit number of the unit whose contacts it is for; null: whoever is on duty
 */
export async function raiseAlert(db: DataSource, unit: number | null): Promise<string> {
  const key = `fleet:${process.pid}-${++raised}@${Date.now()}`;
  await db.transaction(async (manager) => {
    await rows(
      manager,
      `insert into alert (key, kind, severity, title, body, audience, department_id, instant_at, created_at)
       values ($1, 'warn', 'critical', '【即将到期】权威信息发布：化工厂爆炸', '事件 YQ-20261121-0001，权威信息发布：最迟 2026年11月21日 12:05，距届满还有1小时。',
         case when $2::text is null then '{duty_officer}'::text[] else '{department_contact}' end, $2, app_now(), app_now())`,
      [key, unit === null ? null : `unit-${unit}`],
    );
    await sendHint(manager, CHANNELS.clockChanged, '');
  });
  return key;
}

/** All accounts of the crowd hold the office of the duty officer, beside what their role is. */
export async function putAllOnDuty(db: DataSource): Promise<void> {
  await rows(
    db,
    `insert into roster (account_id, office, starts_at, ends_at) select id, 'duty_officer', app_now() - interval '1 hour', app_now() + interval '1 day'
     from account where username like 'crowd-%'`,
  );
}
