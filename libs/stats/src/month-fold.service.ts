import { Injectable } from '@nestjs/common';
import { CASE_KINDS, CLOCK_KINDS } from '@app/domain';
import { type Querier, row, rows } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import {
  clearFold,
  eachKeptCase,
  eachPart,
  FOLD_VERSION,
  type FoldState,
  loadKept,
  loadScopes,
  loadUnits,
  lockFold,
  saveBooks,
  writeFold,
  writeKept,
} from './fold-store';
import { CASES_AT_ONCE, FrozenRules, loadHistories } from './history-rows';
import { booksOf, count, countTold, keepCase, type KeptCase, type ScopeBooks, WHOLE } from './kept-case';

/** Events looked at in one transaction: a second of work, so that nobody who reads waits longer. */
const EVENTS_AT_ONCE = 10_000;
/** A missing id that did not come for so long (real time) belongs to a transaction that was rolled back. */
const GAP_ENDS_MS = 3_600_000;
/** Events that are looked at again after a building: what was still being written when it began is among them. */
const LOOK_BACK = 200_000;

const LOCK_NOT_AVAILABLE = '55P03';
/** The kinds that can change a month; rungs of ladders and notes do not. */
const KINDS = [...CASE_KINDS, ...CLOCK_KINDS, 'evidence', 'clock-started', 'split', 'relieved'];

export interface FoldProgress {
  /** Everything is in, as of `foldedTo`. */
  complete: boolean;
  foldedTo: Date | null;
  /** Cases done in this step. */
  cases: number;
}

const NOT_YET: FoldProgress = { complete: false, foldedTo: null, cases: 0 };

/**
 * Keeps the sums of the months up to date: each step looks at the events that are new, folds the cases they belong to
 * from their whole history, takes them out of the sums as they were and puts them in as they are. So the sums are always
 * those of a count from the beginning, whatever was entered late; and the tables of response pay nothing for it.
 */
@Injectable()
export class MonthFold {
  private readonly rules = new FrozenRules();

  constructor(private readonly dataSource: DataSource) {}

  /** Steps until everything is in, or the time is up. Another process that folds is not waited for longer than that. */
  async catchUp(withinMs = Infinity): Promise<FoldProgress> {
    const started = performance.now();
    for (;;) {
      const left = withinMs - (performance.now() - started);
      if (left <= 0) return NOT_YET;
      const progress = await this.step(Math.min(left, 60_000)).catch((error: Error & { code?: string }) => {
        if (error.code === LOCK_NOT_AVAILABLE) return NOT_YET;
        throw error;
      });
      if (progress.complete) return progress;
    }
  }

  /** One transaction of at most about a second, but for the last one of a building. */
  step(waitMs = 60_000): Promise<FoldProgress> {
    return this.dataSource.transaction(async (manager) => {
      const state = await lockFold(manager, Math.ceil(waitMs));
      if (state.version !== FOLD_VERSION) {
        await clearFold(manager);
        Object.assign(state, { buildingAfter: '0', foldedTo: null });
      }
      return state.buildingAfter === null
        ? this.follow(manager, state)
        : this.build(manager, state, state.buildingAfter);
    });
  }

  /**
   * Folds the next cases in the order of their ids, and counts the sums when all are there; the events of that time are
   * looked at again afterwards.
   */
  private async build(manager: EntityManager, state: FoldState & { now: Date }, after: string): Promise<FoldProgress> {
    const first =
      after === '0' ? await row<{ id: string }>(manager, 'select coalesce(max(id), 0) as id from case_event') : null;
    const lastEventId = first ? String(Math.max(0, Number(first.id) - LOOK_BACK)) : state.lastEventId;
    const found = await rows<{ id: string }>(
      manager,
      `select id from case_file where id > $1 order by id limit ${CASES_AT_ONCE}`,
      [after],
    );
    const ids = found.map((f) => f.id);
    await writeKept(manager, await this.keep(manager, ids, state.now), []);
    const last = ids.length < CASES_AT_ONCE;
    if (last) await this.sumUp(manager);
    const buildingAfter = last ? null : (ids.at(-1) ?? null);
    await writeFold(manager, { lastEventId, gaps: [], buildingAfter, foldedTo: null });
    return { complete: false, foldedTo: null, cases: ids.length };
  }

  private async sumUp(manager: EntityManager): Promise<void> {
    await rows(manager, `select set_config('statement_timeout', '0', true)`);
    const whole: ScopeBooks = new Map();
    const books = booksOf(whole, WHOLE);
    await eachKeptCase(manager, (kept) => countTold(books, kept, kept.foldedAt, 1));
    await saveBooks(manager, whole);
    // One scope after the other: what all of them count would not fit into memory at once.
    await rows(manager, 'analyze month_case, month_part');
    for (const scope of await loadScopes(manager)) {
      const own: ScopeBooks = new Map();
      const of = booksOf(own, scope);
      await eachPart(manager, scope, (told, foldedAt) => countTold(of, told, foldedAt, 1));
      await saveBooks(manager, own);
    }
    // So many new rows, of which the planner would know nothing before the next autovacuum.
    await rows(manager, 'analyze month_case_month, month_cell, month_time');
  }

  private async follow(
    manager: EntityManager,
    state: FoldState & { now: Date; realMs: number },
  ): Promise<FoldProgress> {
    // The sums never go back in time, not even where a test moves the clock.
    const now = state.foldedTo !== null && state.foldedTo.getTime() > state.now.getTime() ? state.foldedTo : state.now;
    const events = await newEvents(manager, state);
    const turned = await rows<{ id: string }>(
      manager,
      `select case_id as id from month_case where next_turn_at <= $1 order by next_turn_at limit ${EVENTS_AT_ONCE}`,
      [now],
    );
    const changed = new Set(events.cases);
    const turnedOnly = turned.map((t) => t.id).filter((id) => !changed.has(id));
    const books: ScopeBooks = new Map();
    await this.fold(manager, books, [...changed], turnedOnly, now);
    await saveBooks(manager, books);
    const complete = !events.more && turned.length < EVENTS_AT_ONCE;
    const foldedTo = complete ? now : state.foldedTo;
    const moved =
      changed.size + turnedOnly.length > 0 || state.foldedTo === null || events.lastEventId !== state.lastEventId;
    if (moved || complete)
      await writeFold(manager, { lastEventId: events.lastEventId, gaps: events.gaps, buildingAfter: null, foldedTo });
    return { complete, foldedTo, cases: changed.size + turnedOnly.length };
  }

  private async fold(
    manager: EntityManager,
    books: ScopeBooks,
    changed: string[],
    turned: string[],
    now: Date,
  ): Promise<void> {
    for (let i = 0; i < changed.length; i += CASES_AT_ONCE) {
      const ids = changed.slice(i, i + CASES_AT_ONCE);
      const before = await loadKept(manager, ids);
      await exchange(manager, books, before, await this.keep(manager, ids, now));
    }
    for (let i = 0; i < turned.length; i += CASES_AT_ONCE) {
      const before = await loadKept(manager, turned.slice(i, i + CASES_AT_ONCE));
      await exchange(
        manager,
        books,
        before,
        before.map((k) => ({ ...k, foldedAt: now.getTime() })),
      );
    }
  }

  private async keep(manager: EntityManager, ids: string[], at: Date): Promise<KeptCase[]> {
    const units = await loadUnits(manager, ids);
    const histories = await loadHistories(manager, ids, this.rules);
    return histories.flatMap((h) => keepCase(h, at.getTime(), units.get(h.id) ?? []) ?? []);
  }
}

async function exchange(on: Querier, books: ScopeBooks, before: KeptCase[], after: KeptCase[]): Promise<void> {
  for (const k of before) count(books, k, -1);
  for (const k of after) count(books, k, 1);
  await writeKept(on, after, before);
}

interface NewEvents {
  cases: string[];
  lastEventId: string;
  gaps: [number, number][];
  more: boolean;
}

/**
 * The cases of events that came since. Ids are given out before the commit, so a lower one can appear after a higher
 * one: ids that are missing are remembered and looked for again, until no transaction can still hold them.
 */
async function newEvents(on: Querier, state: FoldState & { realMs: number }): Promise<NewEvents> {
  const last = Number(state.lastEventId);
  const found = await rows<{ id: string; caseId: string; matters: boolean }>(
    on,
    `select id, case_id as "caseId", kind = any($3) as matters from case_event
     where id > $1 or id = any($2::bigint[]) order by id limit ${EVENTS_AT_ONCE}`,
    [last, state.gaps.map(([id]) => id), KINDS],
  );
  const ids = new Set(found.map((f) => Number(f.id)));
  const highest = Math.max(last, ...ids);
  const gaps = state.gaps.filter(([id, since]) => !ids.has(id) && state.realMs - since < GAP_ENDS_MS);
  for (let id = last + 1; id < highest; id++) if (!ids.has(id)) gaps.push([id, state.realMs]);
  return {
    cases: [...new Set(found.filter((f) => f.matters).map((f) => f.caseId))],
    lastEventId: String(highest),
    gaps,
    more: found.length === EVENTS_AT_ONCE,
  };
}
