import { Injectable } from '@nestjs/common';
import { beijingIso } from '@app/domain';
import { row, rows } from '@app/storage';
import { DataSource } from 'typeorm';

export interface EngineFigures {
  now: string;
  /** Engine processes that beat within the last 10 minutes, the freshest first. */
  engines: { process: string; at: string; ageMs: number; rungs: number; lagMs: number; worstLagMs: number }[];
  /** How long the longest overdue instant waits to be fired, in ms; 0 when nothing waits. */
  lagMs: number;
  /** Clocks that are due and not fired. */
  waiting: number;
  /** Poison rows: pushed ahead, to be looked at by a person. */
  faulty: { clockId: string; title: string; faults: number; lastFault: string }[];
  /** Alerts without recipients yet, and the age of the oldest. */
  unaddressed: number;
  unaddressedMs: number;
  /** Deliveries over other channels that failed and are tried again. */
  failing: number;
  /** The last audit: when, by whom, over how many clocks, how many it mended. */
  audit: { at: string; by: string; clocks: number; mended: number; ms: number } | null;
}

/** Heartbeats and lags of the engines, for /health and /metrics. Cheap: partial indexes only. */
@Injectable()
export class EngineHealth {
  constructor(private readonly dataSource: DataSource) {}

  async load(): Promise<EngineFigures> {
    const counts = await row<{
      now: Date;
      lag: number | null;
      waiting: number;
      unaddressed: number;
      age: number | null;
      failing: number;
    }>(
      this.dataSource,
      `with now as materialized (select app_now() as at)
       select at as now,
         (extract(epoch from at - (select min(next_at) from clock where next_at is not null)) * 1000)::float8 as lag,
         (select count(*)::int from clock where next_at <= (select at from now)) as waiting,
         (select count(*)::int from alert where addressed_at is null) as unaddressed,
         (extract(epoch from at - (select min(created_at) from alert where addressed_at is null)) * 1000)::float8 as age,
         (select count(*)::int from alert_delivery where next_try_at is not null and state = 'failed') as failing
       from now`,
    );
    if (!counts) throw new Error('no figures');
    return {
      now: beijingIso(counts.now),
      engines: await this.engines(counts.now),
      lagMs: Math.max(0, Math.round(counts.lag ?? 0)),
      waiting: counts.waiting,
      faulty: await this.faulty(),
      unaddressed: counts.unaddressed,
      unaddressedMs: Math.max(0, Math.round(counts.age ?? 0)),
      failing: counts.failing,
      audit: await this.audit(),
    };
  }

  private async engines(now: Date): Promise<EngineFigures['engines']> {
    const beats = await rows<{ process: string; at: Date; data: Record<string, number> }>(
      this.dataSource,
      `select process, at, data from heartbeat where kind = 'rules' and at > $1::timestamptz - interval '10 minutes' order by at desc`,
      [now],
    );
    return beats.map((b) => ({
      process: b.process,
      at: beijingIso(b.at),
      ageMs: now.getTime() - b.at.getTime(),
      rungs: b.data.rungs ?? 0,
      lagMs: b.data.lagMs ?? 0,
      worstLagMs: b.data.worstLagMs ?? 0,
    }));
  }

  private faulty(): Promise<EngineFigures['faulty']> {
    return rows(
      this.dataSource,
      `select id as "clockId", title, faults, last_fault as "lastFault" from clock
       where next_at is not null and faults > 0 order by faults desc limit 20`,
    );
  }

  private async audit(): Promise<EngineFigures['audit']> {
    const found = await row<{ at: Date; data: { by: string; clocks?: number; mended?: number; ms?: number } }>(
      this.dataSource,
      `select at, data from heartbeat where process = 'auditor'`,
    );
    if (!found) return null;
    const { by, clocks = 0, mended = 0, ms = 0 } = found.data;
    return { at: beijingIso(found.at), by, clocks, mended, ms };
  }
}
