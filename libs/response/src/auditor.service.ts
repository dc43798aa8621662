import { Injectable, Logger } from '@nestjs/common';
import { type Derivation, type Ladder, nextInstant, stepClock } from '@app/domain';
import { CHANNELS, readNow, rows, sendHint } from '@app/storage';
import { DataSource } from 'typeorm';
import { takeTurn } from './heartbeat';
import { writeAlerts } from './outbox';

const PERIOD_SECONDS = 60;
const BATCH = 1000;
interface Audited {
  id: string;
  caseId: string;
  title: string;
  anchorAt: Date;
  targetAt: Date | null;
  dueAt: Date;
  state: 'open' | 'suspended';
  revision: number;
  nextAt: Date | null;
  breachedAt: Date | null;
  faults: number;
  ladder: string;
  derivation: Derivation | null;
  fired: string[] | null;
  /** The case is closed: a breached clock stays on the books, but its ladder has ended. */
  closed: boolean;
}

/** A clock whose stored next instant is not what its ladder says. */
export interface Finding {
  id: string;
  title: string;
  /** Stored. */
  nextAt: Date | null;
  /** Derived anew. */
  expectedAt: Date;
  missed: string[];
}

export interface AuditReport {
  clocks: number;
  findings: Finding[];
  ms: number;
}

/**
 * Once a minute, in one process of all, derives every open clock again from its frozen ladder and what has fired,
 * and mends what would not have fired: the engine then fires it at once (RULES 4).
 */
@Injectable()
export class Auditor {
  private readonly logger = new Logger(Auditor.name);
  private readonly ladders = new Map<string, Ladder>();

  constructor(private readonly dataSource: DataSource) {}

  /** Audits when it is this process's turn. @returns null when it is not */
  async auditInTurn(name: string): Promise<AuditReport | null> {
    if (!(await takeTurn(this.dataSource, 'auditor', PERIOD_SECONDS, name))) return null;
    const report = await this.audit();
    await rows(
      this.dataSource,
      `update heartbeat set data = jsonb_build_object('by', $1::text, 'clocks', $2::int, 'mended', $3::int, 'ms', $4::int)
       where process = 'auditor'`,
      [name, report.clocks, report.findings.length, report.ms],
    );
    return report;
  }

  /** All open clocks once, by id in batches; between batches the event loop is free for the engine. */
  async audit(): Promise<AuditReport> {
    const started = performance.now();
    const findings: Finding[] = [];
    let clocks = 0;
    for (let after = '0'; ;) {
      const batch = await this.loadBatch(after);
      if (batch.length === 0) break;
      const now = await readNow(this.dataSource);
      for (const clock of batch) {
        try {
          const finding = this.examine(clock, now);
          if (finding) findings.push(finding);
        } catch (error) {
          await this.show(clock.id, (error as Error).message);
        }
      }
      clocks += batch.length;
      after = batch[batch.length - 1]?.id ?? after;
    }
    const mended = findings.length > 0 ? await this.mend(findings) : [];
    return { clocks, findings: mended, ms: Math.round(performance.now() - started) };
  }

  private loadBatch(after: string): Promise<Audited[]> {
    return rows<Audited>(
      this.dataSource,
      `with batch as materialized (
         select id from clock where id > $1 and state in ('open', 'suspended') order by id limit $2
       )
       select c.id, c.case_id as "caseId", c.title, c.anchor_at as "anchorAt", c.target_at as "targetAt",
         c.due_at as "dueAt", c.state, c.revision, c.next_at as "nextAt", c.breached_at as "breachedAt", c.faults,
         c.ladder::text as ladder, case when c.revision > 0 or c.state <> 'open' then c.derivation end as derivation,
         (select array_agg(r.revision || ':' || r.rung) from rung_fired r where r.clock_id = c.id) as fired,
         (select closed_at is not null from case_file where id = c.case_id) as closed
       from batch join clock c using (id) order by c.id`,
      [after, BATCH],
    );
  }

  /** Null when the clock stands as it should. A poison row waits for its next try and is shown elsewhere. */
  private examine(clock: Audited, now: Date): Finding | null {
    if (clock.faults > 0 || clock.closed) return null;
    const derivation = clock.derivation ?? { revisedAt: null, suspensions: [] };
    const whole = { ...clock, derivation, ladder: this.ladderOf(clock.ladder) };
    const fired = new Set(clock.fired ?? []);
    const expectedAt = nextInstant(whole, fired, now);
    if (expectedAt === null) return null;
    // A stored instant before the expected one costs an idle look; one after it loses a rung.
    if (clock.nextAt !== null && clock.nextAt.getTime() <= expectedAt.getTime()) return null;
    const missed = stepClock(whole, fired, now).fire.map((f) => f.rung);
    return { id: clock.id, title: clock.title, nextAt: clock.nextAt, expectedAt, missed };
  }

  /** A clock that cannot be derived at all is shown before its instant comes. */
  private async show(id: string, fault: string): Promise<void> {
    this.logger.error(`clock ${id} cannot be derived: ${fault}`);
    await rows(this.dataSource, 'update clock set faults = greatest(faults, 1), last_fault = $2 where id = $1', [
      id,
      fault.slice(0, 500),
    ]);
  }

  /** @returns those that were wrong in fact */
  private async mend(findings: Finding[]): Promise<Finding[]> {
    const mended = await this.dataSource.transaction(async (manager) => {
      const now = await readNow(manager);
      // Only where it still stands as it was read: an engine or a person may have moved it meanwhile.
      const changed = await rows<{ id: string }>(
        manager,
        `update clock c set next_at = m.expected from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) as m(id, expected, stored)
         where c.id = m.id and c.state in ('open', 'suspended') and c.next_at is not distinct from m.stored
         returning c.id`,
        [findings.map((f) => f.id), findings.map((f) => f.expectedAt), findings.map((f) => f.nextAt)],
      );
      const ids = new Set(changed.map((c) => c.id));
      const wrong = findings.filter((f) => ids.has(f.id));
      if (wrong.length === 0) return wrong;
      await writeAlerts(manager, [auditAlert(wrong, now)], now);
      await sendHint(manager, CHANNELS.clockChanged, '');
      return wrong;
    });
    if (mended.length > 0) {
      const shown = mended.slice(0, 20).map((f) => f.id);
      this.logger.error(`${mended.length} open clocks would not have fired and were mended: ${shown.join(', ')}`);
    }
    return mended;
  }

  private ladderOf(text: string): Ladder {
    const known = this.ladders.get(text);
    if (known) return known;
    const ladder = JSON.parse(text) as Ladder;
    if (this.ladders.size > 1000) this.ladders.clear();
    this.ladders.set(text, ladder);
    return ladder;
  }
}

function auditAlert(findings: Finding[], now: Date): Parameters<typeof writeAlerts>[1][number] {
  const shown = findings.slice(0, 10).map((f) => `${f.title}（时限 ${f.id}）`);
  return {
    key: `audit:${now.toISOString()}`,
    kind: 'engine',
    severity: 'critical',
    title: `【引擎】${findings.length} 个时限未按时触发，已补正`,
    body: `巡检发现下列时限的下次触发时刻有误，已补正并立即触发：${shown.join('；')}${findings.length > 10 ? '等' : ''}。请检查引擎与数据库。`,
    caseId: null,
    clockId: null,
    rung: null,
    audience: [],
    departmentId: null,
    receiptMinutes: null,
    instantAt: now,
  };
}
