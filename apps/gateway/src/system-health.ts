import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type EngineFigures, EngineHealth } from '@app/response';
import { assertMigrated, row, rows } from '@app/storage';

/** An engine that has not beaten for so long is not working. */
const HEARTBEAT_LIMIT_SECONDS = 30;
const FRESH_MS = 1_000;

export interface HealthFigures {
  now: string;
  processes: { process: string; kind: string; ageSeconds: number }[];
  /** `audit`: when the engine last counted all open clocks again, and how many it had to mend. */
  engine: { lagSeconds: number; due: number; faulty: number; audit: EngineFigures['audit'] };
  /** `failing`: over other channels, tried again with backoff. */
  alerts: { unaddressed: number; undelivered: number; failing: number };
  cases: { open: number; clocks: number; breached: number };
  sources: Record<string, number>;
  /** Subscriptions of other programs that are told nothing until somebody lets them go on. */
  webhooks: { paused: string[] };
}

/** What /health and /metrics tell. Read at most once a second, however often it is asked. */
@Injectable()
export class SystemHealth {
  private readonly logger = new Logger('SystemHealth');
  private last: { at: number; figures: Promise<HealthFigures> } | null = null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly engine: EngineHealth,
  ) {}

  figures(): Promise<HealthFigures> {
    if (this.last === null || performance.now() - this.last.at > FRESH_MS) {
      this.last = { at: performance.now(), figures: this.read() };
      this.last.figures.catch(() => (this.last = null));
    }
    return this.last.figures;
  }

  /** What keeps the system from doing its work, in Chinese; empty: it is ready. */
  async faults(): Promise<string[]> {
    try {
      await assertMigrated(this.dataSource, undefined, { newer: 'served' });
      const { processes } = await this.figures();
      const engine = processes.filter((p) => p.kind === 'rules');
      if (engine.length === 0) return ['时限引擎尚未启动'];
      const age = Math.min(...engine.map((p) => p.ageSeconds));
      return age > HEARTBEAT_LIMIT_SECONDS ? [`时限引擎已 ${Math.round(age)} 秒没有心跳`] : [];
    } catch (error) {
      this.logger.error(`not ready: ${(error as Error).message}`);
      return ['数据库不可用，原因见日志'];
    }
  }

  private async read(): Promise<HealthFigures> {
    const [engine, counts] = await Promise.all([
      this.engine.load(),
      row<Record<string, string> & { webhooks_paused: string[] }>(this.dataSource, COUNTS),
    ]);
    const processes = await rows<{ process: string; kind: string; ageSeconds: number }>(
      this.dataSource,
      `select process, kind, extract(epoch from app_now() - at)::float8 as "ageSeconds" from heartbeat
        where at > app_now() - interval '10 minutes' order by kind, process`,
    );
    const n = (key: string) => Number(counts?.[key] ?? 0);
    return {
      now: engine.now,
      processes,
      engine: {
        lagSeconds: engine.lagMs / 1000,
        due: engine.waiting,
        faulty: engine.faulty.length,
        audit: engine.audit,
      },
      alerts: { unaddressed: engine.unaddressed, undelivered: n('undelivered'), failing: engine.failing },
      cases: { open: n('open_cases'), clocks: n('open_clocks'), breached: n('breached') },
      sources: { ok: n('sources_ok'), faulty: n('sources_faulty'), waiting: n('sources_waiting') },
      webhooks: { paused: counts?.webhooks_paused ?? [] },
    };
  }
}

const COUNTS = `select
  (select count(*) from alert_delivery where channel = 'socket' and delivered_at is null and read_at is null and withdrawn_at is null) as undelivered,
  (select count(*) from case_file where closed_at is null and merged_into is null) as open_cases,
  (select count(*) from clock where state in ('open', 'suspended')) as open_clocks,
  (select count(*) from clock where state in ('open', 'suspended') and due_at < (select app_now())) as breached,
  (select count(*) from source_state where fails = 0 and last_ok_at is not null) as sources_ok,
  (select count(*) from source_state where fails > 0) as sources_faulty,
  (select count(*) from source_state where fails = 0 and last_ok_at is null) as sources_waiting,
  array(select name from webhook where active and paused_at is not null order by name) as webhooks_paused`;
