import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { cut, beijingIso, beijingText, parseInstant, planClock, readLedger, type Ledger, type TakenTask, type TaskTerm } from '@app/domain';
import { SETTINGS, type Settings } from '@app/settings';
import { readNow, row, rows, type Witness } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { type Actor, actorName } from './case-change';
import { conflict, invalid, missing, type Refusal, Refused } from './desk-result';
import { Lawbook } from './lawbook.service';
import { dutyOfTerm, ladderOfTasks, type TaskSource } from './ledger-duties';
import { openLedgerPeriods } from './ledger-periods';
import { openMatter } from './matter';

export interface LedgerEntry {
  title: string;
  number: string;
  year: number | null;
  /** YYYY-MM-DD. */
  issuedOn: string | null;
  /** The document as it was pasted or uploaded. */
  text: string;
  tasks: TakenTask[];
}

export interface LedgerTaken {
  ledgerId: string;
  tasks: number;
  matters: number;
}

interface StoredTask extends TakenTask {
  id: string;
}

/** 任务台账: reads a document, and takes over what a person has confirmed. */
@Injectable()
export class LedgerDesk {
  constructor(
    private readonly dataSource: DataSource,
    private readonly laws: Lawbook,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** What is read of a document, with the departments here that its units name. Nothing is stored. */
  async preview(text: string): Promise<Omit<Ledger, 'tasks'> & { tasks: (TakenTask & { doubts: string[] })[] }> {
    const ledger = readLedger(text);
    const departments = await rows<{ id: string; name: string }>(this.dataSource, 'select id, name from department order by id');
    const idOf = (unit: string): string | null => departments.find((d) => sameUnit(d.name, unit))?.id ?? null;
    const tasks = ledger.tasks.map(({ main: _main, ...task }) => {
      const lead = task.units.find((u) => u.part === 'lead') ?? task.units[0];
      const departmentId = lead ? idOf(lead.name) : null;
      const others = task.units.map((u) => idOf(u.name)).filter((id): id is string => id !== null && id !== departmentId);
      return { ...task, departmentId, supporting: [...new Set(others)] };
    });
    return { ...ledger, tasks };
  }

  /** Takes a document over: one transaction for the ledger, its tasks and all their terms. */
  async take(by: Actor, entry: LedgerEntry, witness?: Witness<LedgerTaken>): Promise<{ ok: true; ledgerId: string; tasks: number; matters: number } | Refusal> {
    try {
      return await this.dataSource.transaction(async (manager) => {
        await this.laws.hold(manager);
        const now = await readNow(manager);
        const fault = await this.faultOf(manager, entry);
        if (fault) throw new Refused(fault);
        const ledgerId = await this.insertLedger(manager, by, entry, now);
        let matters = 0;
        for (const [position, task] of entry.tasks.entries()) {
          const stored = await insertTask(manager, ledgerId, position, task);
          matters += await this.openTerms(manager, by, ledgerId, entry, stored, now);
        }
        matters += await openLedgerPeriods(manager, this.laws, now);
        const done = { ledgerId, tasks: entry.tasks.length, matters };
        await witness?.(manager, done);
        return { ok: true as const, ...done };
      });
    } catch (error) {
      if (error instanceof Refused) return error.refusal;
      throw error;
    }
  }

  /** 登记起算: what starts a term of a task has happened (印发后7日内: the document was issued). */
  async startTerm(by: Actor, taskId: string, nth: number, triggeredAt: Date, witness?: Witness<string>): Promise<{ ok: true; caseId: string } | Refusal> {
    try {
      return await this.dataSource.transaction(async (manager) => {
        await this.laws.hold(manager);
        const now = await readNow(manager);
        if (triggeredAt.getTime() > now.getTime()) throw new Refused(invalid('triggeredAt', `起算时间不能晚于现在（${beijingText(now)}）`));
        const found = await loadTask(manager, taskId);
        if (!found) throw new Refused(missing(`没有编号为 ${taskId} 的任务`));
        const term = found.task.terms[nth];
        if (term?.kind !== 'within') throw new Refused(invalid('term', '该项没有须登记起算的时限'));
        const key = `task:${taskId}:${nth}:${beijingIso(triggeredAt)}`;
        const caseId = await this.openTerm(manager, by, found.source, found.task, { term, nth, triggeredAt, key, region: found.region }, now);
        if (caseId === null) throw new Refused(conflict('该项时限在同一时间已登记起算'));
        await witness?.(manager, caseId);
        return { ok: true as const, caseId };
      });
    } catch (error) {
      if (error instanceof Refused) return error.refusal;
      throw error;
    }
  }

  private async faultOf(manager: EntityManager, entry: LedgerEntry): Promise<Refusal | null> {
    const length = entry.title.trim().length;
    if (length < 2 || length > 200) return invalid('title', '必须填写文件标题（2–200 字）');
    if (entry.tasks.length === 0) return invalid('tasks', '至少保留一项任务');
    const known = new Set((await rows<{ id: string }>(manager, 'select id from department')).map((d) => d.id));
    for (const [i, task] of entry.tasks.entries()) {
      const unknown = [task.departmentId, ...task.supporting].find((id) => id !== null && !known.has(id));
      if (unknown !== undefined) return invalid(`tasks.${i}.departmentId`, `任务 ${task.number}：没有编号为“${unknown}”的部门`);
    }
    const before = await row<{ title: string }>(manager, 'select title from ledger where text_hash = $1', [hashOf(entry.text)]);
    return before ? conflict(`同一文件已导入台账：${before.title}`) : null;
  }

  private async insertLedger(manager: EntityManager, by: Actor, entry: LedgerEntry, now: Date): Promise<string> {
    const written = await row<{ id: string }>(
      manager,
      `insert into ledger (title, number, year, issued_on, text, text_hash, region, imported_by, imported_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id`,
      [
        ...[entry.title.trim(), entry.number.trim(), entry.year, entry.issuedOn, entry.text, hashOf(entry.text)],
        ...[this.settings.deployment.regionCode, actorName(by), now],
      ],
    );
    if (!written) throw new Error('the ledger was not written');
    return written.id;
  }

  /** Fixed dates and counts of one year start at once, from the day the document was issued (else from now). */
  private async openTerms(manager: EntityManager, by: Actor, ledgerId: string, entry: LedgerEntry, task: StoredTask, now: Date): Promise<number> {
    const issued = entry.issuedOn === null ? null : parseInstant(entry.issuedOn);
    const triggeredAt = issued !== null && issued.getTime() < now.getTime() ? issued : now;
    const source = { ledgerId, document: entry.title.trim(), documentNumber: entry.number.trim(), article: task.number, title: task.title };
    const region = this.settings.deployment.regionCode;
    let opened = 0;
    for (const [nth, term] of task.terms.entries()) {
      if (term.kind !== 'until' && term.kind !== 'count') continue;
      const id = await this.openTerm(manager, by, source, task, { term, nth, triggeredAt, key: `task:${task.id}:${nth}`, region }, now);
      if (id !== null) opened++;
    }
    return opened;
  }

  private async openTerm(
    manager: EntityManager,
    by: Actor,
    source: TaskSource,
    task: StoredTask,
    start: { term: TaskTerm; nth: number; triggeredAt: Date; key: string; region: string | null },
    now: Date,
  ): Promise<string | null> {
    const { term, nth, triggeredAt, key, region } = start;
    const duty = dutyOfTerm(source, term, nth, ladderOfTasks(this.laws));
    if (duty === null) return null;
    const times = duty.rule.times;
    return openMatter(
      manager,
      {
        ...{ trigger: 'task' as const, key, triggeredAt, region, actor: actorName(by), told: false },
        title: `${task.title}（${cut(term.text, 40)}）`,
        summary: task.text,
        topic: '政策',
        departmentId: task.departmentId,
        supporting: task.supporting,
        facts: { subject: `${source.document} ${task.number}`, ledgerTaskId: task.id, ...(times === undefined ? {} : { times }) },
        plans: [planClock(duty, triggeredAt, this.laws.calendar)],
      },
      now,
    );
  }
}

async function insertTask(manager: EntityManager, ledgerId: string, position: number, task: TakenTask): Promise<StoredTask> {
  const written = await row<{ id: string }>(
    manager,
    `insert into ledger_task (ledger_id, position, number, title, text, headings, terms, units, department_id, supporting)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id`,
    [
      ...[ledgerId, position, task.number, task.title, task.text, JSON.stringify(task.headings)],
      ...[JSON.stringify(task.terms), JSON.stringify(task.units), task.departmentId, task.supporting],
    ],
  );
  if (!written) throw new Error('the task was not written');
  return { ...task, id: written.id };
}

async function loadTask(
  manager: EntityManager,
  taskId: string,
): Promise<{ task: StoredTask; source: TaskSource; region: string | null } | null> {
  const found = await row<StoredTask & { ledgerId: string; document: string; documentNumber: string; region: string | null }>(
    manager,
    `select t.id, t.number, t.title, t.text, t.headings, t.terms, t.units, t.department_id as "departmentId", t.supporting,
       l.id as "ledgerId", l.title as document, l.number as "documentNumber", l.region
     from ledger_task t join ledger l on l.id = t.ledger_id where t.id = $1 for share`,
    [taskId],
  );
  if (!found) return null;
  const { ledgerId, document, documentNumber, region, ...task } = found;
  return { task, region, source: { ledgerId, document, documentNumber, article: task.number, title: task.title } };
}

/** 县教育体育局 is what a notice calls 县教体局 or 教育局 only by its full name or without the level: no guesses beyond that. */
function sameUnit(department: string, unit: string): boolean {
  const plain = (name: string): string => name.replace(/（.*?）|\(.*?\)/g, '').replace(/^(?:省|市|县|区)(?!政府|委)/, '');
  return plain(department) === plain(unit);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text.replace(/\s+/g, '')).digest('hex');
}
