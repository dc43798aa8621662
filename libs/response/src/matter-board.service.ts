import { Injectable } from '@nestjs/common';
import {
  beijingIso,
  type MatterFacts,
  type TakenTask,
  TASK_STATES,
  type TaskState,
  type Trigger,
  type WireCaseSummary,
  type WireLedger,
  type WireLedgerTask,
  type WireMatter,
  type WireUnitProgress,
} from '@app/domain';
import { row, rows } from '@app/storage';
import { DataSource } from 'typeorm';
import { Board } from './board.service';

/** A condition on `f.department_id` and `f.region` with its parameters, numbered from $1: who looks sees no more. */
export interface MatterScope {
  sql: string;
  params: unknown[];
}

interface MatterRow {
  id: string;
  trigger: Trigger;
  triggeredAt: Date;
  matter: MatterFacts;
  done: number;
}

/** A task's matter: its state is that of its clock, `ongoing` without one. */
const MATTER_STATE = `case
  when c.id is null then 'ongoing'
  when c.state = 'met' then 'done'
  when c.state = 'met_late' then 'late'
  when c.state in ('cancelled', 'superseded') then 'ongoing'
  when c.due_at < (select app_now()) then 'overdue'
  else 'running' end`;

/** Reads matters of the second ring and the ledgers. */
@Injectable()
export class MatterBoard {
  constructor(
    private readonly dataSource: DataSource,
    private readonly board: Board,
  ) {}

  /** Matters, the nearest limit first; closed ones the newest first. */
  async list(
    scope: MatterScope,
    filter: { trigger: Trigger | null; open: boolean; departmentId: string | null; page: number; size: number },
  ): Promise<{ matters: WireMatter[]; total: number }> {
    const first = scope.params.length + 1;
    const where = `f.trigger is not null and f.merged_into is null and ${scope.sql} and ($${first}::text is null or f.trigger = $${first})
      and (f.closed_at is null) = $${first + 1}::boolean and ($${first + 2}::text is null or f.department_id = $${first + 2})`;
    const params = [...scope.params, filter.trigger, filter.open, filter.departmentId];
    const order = filter.open
      ? `order by (select min(c.due_at) from clock c where c.case_id = f.id and c.state in ('open', 'suspended')) nulls last, f.id`
      : 'order by f.closed_at desc, f.id desc';
    const [found, counted] = await Promise.all([
      rows<MatterRow>(
        this.dataSource,
        `select f.id, f.trigger, f.triggered_at as "triggeredAt", f.matter,
           (select count(*)::int from evidence e where e.case_id = f.id) as done
         from case_file f where ${where} ${order} limit $${first + 3} offset $${first + 4}`,
        [...params, filter.size, (filter.page - 1) * filter.size],
      ),
      row<{ n: number }>(this.dataSource, `select count(*)::int as n from case_file f where ${where}`, params),
    ]);
    const summaries = new Map((await this.board.loadSummaries(found.map((f) => f.id))).map((s) => [s.id, s]));
    return { matters: found.flatMap((f) => toMatter(f, summaries.get(f.id))), total: counted?.n ?? 0 };
  }

  /** How many are open and overdue, by trigger. */
  async counts(scope: MatterScope): Promise<{ trigger: Trigger; open: number; overdue: number }[]> {
    return rows(
      this.dataSource,
      `select f.trigger, count(*)::int as open,
         count(*) filter (where exists (select 1 from clock c where c.case_id = f.id and c.state = 'open' and c.due_at < (select app_now())))::int as overdue
       from case_file f where f.trigger is not null and f.closed_at is null and f.merged_into is null and ${scope.sql} group by 1 order by 1`,
      scope.params,
    );
  }

  async ledgers(): Promise<WireLedger[]> {
    const found = await rows<Omit<WireLedger, 'importedAt' | 'tasks' | 'done' | 'overdue'> & { importedAt: Date }>(
      this.dataSource,
      `select id, title, number, year, issued_on::text as "issuedOn", imported_by as "importedBy", imported_at as "importedAt"
       from ledger order by id desc`,
    );
    const tasks = await this.states(null);
    return found.map((l) => {
      const own = tasks.filter((t) => t.ledgerId === l.id);
      const count = (...states: TaskState[]): number => own.filter((t) => states.includes(t.state)).length;
      return { ...l, importedAt: beijingIso(l.importedAt), tasks: own.length, done: count('done', 'late'), overdue: count('overdue') };
    });
  }

  /** One ledger with the state of every task and how far each unit is; null when there is none. */
  async ledger(id: string): Promise<(WireLedger & { list: WireLedgerTask[]; units: WireUnitProgress[] }) | null> {
    const found = (await this.ledgers()).find((l) => l.id === id);
    if (!found) return null;
    const list = (await this.states(id)).map(({ ledgerId: _ledgerId, ...task }) => task);
    return { ...found, list, units: progressOf(list) };
  }

  private async states(ledgerId: string | null): Promise<(WireLedgerTask & { ledgerId: string })[]> {
    const tasks = await rows<TakenTask & { id: string; ledgerId: string; position: number }>(
      this.dataSource,
      `select id, ledger_id as "ledgerId", position, number, title, text, headings, terms, units, department_id as "departmentId", supporting
       from ledger_task where $1::bigint is null or ledger_id = $1 order by ledger_id, position`,
      [ledgerId],
    );
    const matters = await rows<{ taskId: string; caseId: string; code: string; title: string; dueAt: Date | null; state: TaskState }>(
      this.dataSource,
      `select f.matter ->> 'ledgerTaskId' as "taskId", f.id as "caseId", f.code, f.title, c.due_at as "dueAt", ${MATTER_STATE} as state
       from case_file f left join lateral (select * from clock c where c.case_id = f.id order by c.id desc limit 1) c on true
       where f.trigger = 'task' and ($1::bigint is null or f.matter ->> 'ledgerTaskId' in (select id::text from ledger_task where ledger_id = $1))
       order by c.due_at, f.id`,
      [ledgerId],
    );
    const byTask = new Map<string, WireLedgerTask['matters']>();
    for (const { taskId, dueAt, ...m } of matters) {
      byTask.set(taskId, [...(byTask.get(taskId) ?? []), { ...m, dueAt: dueAt && beijingIso(dueAt) }]);
    }
    return tasks.map((t) => {
      const own = byTask.get(t.id) ?? [];
      return { ...t, matters: own, state: stateOf(t, own), dueAt: own.at(-1)?.dueAt ?? null };
    });
  }
}

function toMatter(f: MatterRow, summary: WireCaseSummary | undefined): WireMatter[] {
  if (!summary) return [];
  return [{ ...summary, trigger: f.trigger, triggeredAt: beijingIso(f.triggeredAt), matter: f.matter, done: f.done }];
}

/** The worst of its terms; without any, whether it waits for what starts it or has no end. */
function stateOf(task: TakenTask, matters: readonly { state: TaskState }[]): TaskState {
  if (matters.length === 0) return task.terms.some((t) => t.kind === 'within') ? 'waiting' : 'ongoing';
  const order: readonly TaskState[] = ['overdue', 'running', 'late', 'done', 'ongoing'];
  return order.find((s) => matters.some((m) => m.state === s)) ?? 'ongoing';
}

/** Units as the document names them, in its order. */
function progressOf(tasks: readonly WireLedgerTask[]): WireUnitProgress[] {
  const units = new Map<string, WireUnitProgress>();
  for (const task of tasks) {
    for (const { name, part } of task.units) {
      const none = Object.fromEntries(TASK_STATES.map((s) => [s, 0])) as Record<TaskState, number>;
      const unit = units.get(name) ?? { unit: name, lead: 0, states: none, onTime: null };
      unit.states[task.state]++;
      if (part === 'lead') unit.lead++;
      units.set(name, unit);
    }
  }
  return [...units.values()].map((u) => {
    const of = u.states.done + u.states.late + u.states.overdue;
    return { ...u, onTime: of === 0 ? null : { met: u.states.done, of } };
  });
}
