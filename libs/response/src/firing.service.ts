import { Injectable, Logger } from '@nestjs/common';
import { type ClockState, type Derivation, type FiredRung, type Ladder, stepClock } from '@app/domain';
import { isRefusal, type Querier, rows } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { rungBody, rungSummary, rungTitle } from './alert-text';
import { SYSTEM } from './event-log';
import { Lawbook } from './lawbook.service';
import { prepared } from './prepared';
import { resumeExpired } from './resumption';

/** Rows of one claim: large enough to drain a midnight, small enough that one batch delays no other by much. */
export const FIRING_BATCH = 1000;

/** A claimed clock, as narrow as the pure step allows. */
interface DueClock {
  id: string;
  caseId: string;
  caseCode: string;
  caseTitle: string;
  departmentId: string | null;
  /** Named where it is one unit's own term. */
  unitName: string | null;
  title: string;
  anchorAt: Date;
  targetAt: Date | null;
  dueAt: Date;
  state: ClockState;
  revision: number;
  nextAt: Date;
  breachedAt: Date | null;
  createdAt: Date;
  faults: number;
  /** Tells the frozen ladders apart: the ladder itself is read once for each, not sent along with every clock. */
  ladderHash: string;
  fired: string[] | null;
  /** Only of revised or suspended clocks: the others have nothing in it that a step needs. */
  derivation: Derivation | null;
  /** app_now() of the claim. */
  now: Date;
}

interface Stepped {
  clock: DueClock;
  fire: FiredRung[];
  nextAt: Date | null;
  breachedAt: Date | null;
  /** Set when a suspension has used up what its rule allows. */
  resumeAt: Date | null;
}

export interface Fired {
  clocks: number;
  rungs: number;
  /** Milliseconds from each rung's instant to its outbox row; the worst of the batch. */
  worstLagMs: number;
  full: boolean;
}

const NONE: ReadonlySet<string> = new Set();
const UNREVISED = { revisedAt: null, suspensions: [] };
const NOTHING: Fired = { clocks: 0, rungs: 0, worstLagMs: 0, full: false };

/** Fires what is due: claim, step, and event with outbox row in one transaction. */
@Injectable()
export class Firing {
  private readonly logger = new Logger(Firing.name);
  /** Ladders are frozen in each clock, but there are few different ones. By the hash of what is frozen. */
  private readonly ladders = new Map<string, Ladder>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly laws: Lawbook,
  ) {}

  /** Claims and fires one batch. Clocks that another process holds are skipped, not waited for. */
  async fireBatch(limit = FIRING_BATCH): Promise<Fired> {
    try {
      return await this.dataSource.transaction((manager) => this.fireClaimed(manager, limit));
    } catch (error) {
      // A row that the database refuses spoils its batch: one by one, so that only it is pushed ahead.
      if (limit === 1 || !isRefusal(error)) throw error;
      this.logger.error(`a batch was refused, firing one by one: ${(error as Error).message}`);
      return this.fireSingly(limit);
    }
  }

  private async fireClaimed(manager: EntityManager, limit: number, claimed: string[] = []): Promise<Fired> {
    const due = await claimDue(manager, limit);
    claimed.push(...due.map((clock) => clock.id));
    const now = due[0]?.now;
    if (now === undefined) return NOTHING;
    await this.loadLadders(manager, due);
    const stepped: Stepped[] = [];
    const poison: { id: string; fault: string; faults: number }[] = [];
    for (const clock of due) {
      try {
        stepped.push(this.step(clock));
      } catch (error) {
        poison.push({ id: clock.id, fault: (error as Error).message, faults: clock.faults + 1 });
      }
    }
    for (const p of poison) await this.pushAhead(manager, p.id, p.fault, p.faults);
    const resumed = stepped.flatMap(({ clock, resumeAt }) => (resumeAt === null ? [] : [{ id: clock.id, resumeAt }]));
    await resumeExpired(manager, this.laws, resumed, now);
    const worstLagMs = await writeFired(
      manager,
      stepped.filter((s) => s.resumeAt === null),
    );
    this.told(stepped);
    return {
      clocks: due.length,
      rungs: stepped.reduce((n, s) => n + s.fire.length, 0),
      worstLagMs,
      full: due.length === limit,
    };
  }

  /** One record a batch, not a rung: twenty thousand may fall due at one midnight. */
  private told(stepped: readonly Stepped[]): void {
    const fired = stepped.filter((s) => s.fire.length > 0);
    if (fired.length === 0) return;
    const caseIds = [...new Set(fired.map(({ clock }) => clock.caseId))];
    this.logger.debug({
      message: `rungs of ${fired.length} clocks fired`,
      caseIds,
      clockIds: fired.map(({ clock }) => clock.id),
    });
  }

  private step(clock: DueClock): Stepped {
    const derivation = clock.derivation ?? UNREVISED;
    const fired = clock.fired === null ? NONE : new Set(clock.fired);
    const step = stepClock({ ...clock, derivation, ladder: this.ladderOf(clock.ladderHash) }, fired, clock.now);
    return { clock, ...step };
  }

  private ladderOf(hash: string): Ladder {
    const ladder = this.ladders.get(hash);
    if (!Array.isArray(ladder?.rungs)) throw new Error(`the frozen ladder has no rungs: ${JSON.stringify(ladder)}`);
    return ladder;
  }

  /** Reads the ladders that this process has not seen yet, one clock of each. */
  private async loadLadders(manager: EntityManager, due: DueClock[]): Promise<void> {
    if (this.ladders.size > 1000) this.ladders.clear();
    const unseen = new Map<string, string>();
    for (const { ladderHash, id } of due) if (!this.ladders.has(ladderHash)) unseen.set(ladderHash, id);
    if (unseen.size === 0) return;
    const found = await rows<{ hash: string; ladder: Ladder }>(
      manager,
      'select jsonb_hash_extended(ladder, 0) as hash, ladder from clock where id = any($1::bigint[])',
      [[...unseen.values()]],
    );
    for (const { hash, ladder } of found) this.ladders.set(hash, ladder);
  }

  private async fireSingly(limit: number): Promise<Fired> {
    const total = { ...NOTHING };
    for (let n = 0; n < limit; n++) {
      const claimed: string[] = [];
      try {
        const one = await this.dataSource.transaction((manager) => this.fireClaimed(manager, 1, claimed));
        if (one.clocks === 0) return total;
        total.clocks += one.clocks;
        total.rungs += one.rungs;
        total.worstLagMs = Math.max(total.worstLagMs, one.worstLagMs);
      } catch (error) {
        const [id] = claimed;
        if (id === undefined || !isRefusal(error)) throw error;
        await this.pushAhead(this.dataSource, id, (error as Error).message, null);
      }
    }
    return { ...total, full: true };
  }

  /** A poison row waits 30 s · 2ⁿ (at most an hour), logged by id and shown on /health; it is never dropped. */
  private async pushAhead(on: Querier, id: string, fault: string, faults: number | null): Promise<void> {
    this.logger.error({ message: `clock ${id} cannot be fired and is pushed ahead: ${fault}`, clockId: id });
    await rows(
      on,
      `update clock set faults = coalesce($2, faults + 1), last_fault = $3,
         next_at = app_now() + make_interval(secs => least(3600, 30 * 2 ^ least(faults, 10)))
       where id = $1`,
      [id, faults, fault.slice(0, 500)],
    );
  }
}

/**
 * app_now() is volatile: only as a sub-select, computed once, can it bound the scan of the partial index. All
 * columns of the clock come from the locked row: read again outside, they could be older than the lock (an
 * extension that was committed in between would be fired by its former limit).
 */
function claimDue(manager: EntityManager, limit: number): Promise<DueClock[]> {
  return prepared<DueClock>(
    manager,
    `engine-claim-${limit}`,
    `with now as materialized (select app_now() as at),
     due as materialized (
       select c.id, c.case_id as "caseId", c.title, c.anchor_at as "anchorAt", c.target_at as "targetAt",
         c.due_at as "dueAt", c.state, c.revision, c.next_at as "nextAt", c.breached_at as "breachedAt",
         c.created_at as "createdAt", c.faults, c.department_id as unit_id, jsonb_hash_extended(c.ladder, 0) as "ladderHash",
         case when c.revision > 0 or c.state <> 'open' then c.derivation end as derivation
       from clock c where c.next_at <= (select at from now) order by c.next_at, c.id limit ${limit} for update skip locked
     )
     select due.*, f.code as "caseCode", f.title as "caseTitle", coalesce(due.unit_id, f.department_id) as "departmentId",
       case when due.unit_id is not null then (select name from department where id = due.unit_id) end as "unitName",
       (select array_agg(r.revision || ':' || r.rung) from rung_fired r where r.clock_id = due.id) as fired,
       (select at from now) as now
     from due join case_file f on f.id = due."caseId"`,
    [],
  );
}

/**
 * Events, outbox rows and the clocks' next instants in one statement. What (clock, rung, revision) has seen
 * already is left out everywhere.
 * @returns the worst lag in ms from a rung's instant to its row
 */
async function writeFired(manager: EntityManager, stepped: Stepped[]): Promise<number> {
  if (stepped.length === 0) return 0;
  const fired = stepped.flatMap(({ clock, fire }) => fire.map((rung) => ({ clock, rung })));
  const [written] = await prepared<{ at: Date }>(
    manager,
    'engine-fire',
    `with now as materialized (select app_now() as at),
     moved as (
       update clock c set next_at = s.next_at, breached_at = s.breached_at, faults = 0, last_fault = null
       from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) as s(id, next_at, breached_at)
       where c.id = s.id
     ), r as materialized (
       select * from unnest($4::bigint[], $5::text[], $6::int[], $7::timestamptz[], $8::bigint[], $9::text[], $10::text[],
         $11::text[], $12::text[], $13::text[], $14::text[], $15::int[], $16::boolean[], $17::text[])
         as r(clock_id, rung, revision, rung_at, case_id, kind, severity, title, body, audience, department_id,
              receipt_minutes, loud, summary)
     ), new as (
       insert into rung_fired (clock_id, rung, revision, rung_at, fired_at)
       select clock_id, rung, revision, rung_at, (select at from now) from r
       on conflict do nothing returning clock_id, rung, revision, rung_at
     ), event as (
       insert into case_event (case_id, clock_id, kind, at, recorded_at, actor, summary, data)
       select r.case_id, r.clock_id, r.kind, r.rung_at, (select at from now), '${SYSTEM}', r.summary,
              jsonb_build_object('rung', r.rung, 'revision', r.revision, 'loud', r.loud)
       from r join new using (clock_id, rung, revision)
     ), outbox as (
       insert into alert (key, kind, severity, title, body, case_id, clock_id, rung, audience, department_id,
                          receipt_minutes, instant_at, created_at)
       select r.clock_id || ':' || r.rung || ':' || r.revision, r.kind, r.severity, r.title, r.body, r.case_id, r.clock_id,
              r.rung, string_to_array(r.audience, ','), r.department_id, r.receipt_minutes, r.rung_at, (select at from now)
       from r join new using (clock_id, rung, revision) where r.loud
       on conflict (key) do nothing
     )
     select at from now`,
    [
      stepped.map((s) => s.clock.id),
      stepped.map((s) => s.nextAt),
      stepped.map((s) => s.breachedAt),
      fired.map((f) => f.clock.id),
      fired.map((f) => f.rung.rung),
      fired.map((f) => f.clock.revision),
      fired.map((f) => f.rung.rungAt),
      fired.map((f) => f.clock.caseId),
      fired.map((f) => f.rung.kind),
      fired.map((f) => f.rung.severity),
      fired.map((f) => rungTitle(f.rung, f.clock)),
      fired.map((f) => rungBody(f.rung, f.clock)),
      fired.map((f) => f.rung.audience.join(',')),
      fired.map((f) => f.clock.departmentId),
      fired.map((f) => f.rung.receiptMinutes ?? null),
      fired.map((f) => f.rung.loud),
      fired.map((f) => rungSummary(f.rung, f.clock)),
    ],
  );
  if (!written || fired.length === 0) return 0;
  // A clock that is overdue at birth was due when it was born.
  const dueAt = stepped.map(({ clock }) => Math.max(clock.nextAt.getTime(), clock.createdAt.getTime()));
  return Math.max(0, written.at.getTime() - Math.min(...dueAt));
}
