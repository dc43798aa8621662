import { Inject, Injectable } from '@nestjs/common';
import { assess, type AssessedDepartment, type AssessmentMark, beijingIso, type Cell, groupOf, monthOf, MonthBook, sumsOf, type WireAppeal } from '@app/domain';
import { SETTINGS, type Settings } from '@app/settings';
import { readNow, row, rows, type Witness } from '@app/storage';
import { DataSource } from 'typeorm';
import { loadDepartmentCells } from './fold-store';
import { MonthFold } from './month-fold.service';

/** What a person may not do, and why, in Chinese. */
export type Answer<T> = { ok: true; value: T } | { ok: false; kind: 'invalid' | 'conflict' | 'missing'; field?: string; reason: string };
const no = (kind: 'invalid' | 'conflict' | 'missing', reason: string, field?: string): Answer<never> => ({ ok: false, kind, reason, ...(field ? { field } : {}) });

export interface WireAssessment {
  year: number;
  title: string;
  basis: string;
  version: string;
  asOf: string;
  departments: AssessedDepartment[];
}

/** 考评 of a year: figures of the months, marks of persons, appeals. Everything a person says is kept. */
@Injectable()
export class AssessmentDesk {
  constructor(
    private readonly dataSource: DataSource,
    private readonly fold: MonthFold,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'assessment'>,
  ) {}

  /** @param only the one department that is shown; absent: all */
  async load(year: number, only?: string): Promise<WireAssessment> {
    const { foldedTo } = await this.fold.catchUp(5_000);
    const asOf = foldedTo ?? (await readNow(this.dataSource));
    const months = Array.from({ length: 12 }, (_, i) => `${year}-${String(i + 1).padStart(2, '0')}`).filter((m) => m <= monthOf(asOf.getTime()));
    const cells = summed(await loadDepartmentCells(this.dataSource, months, monthOf(asOf.getTime())));
    const departments = await rows<{ id: string; name: string }>(this.dataSource, 'select id, name from department order by id');
    const marks = await this.loadMarks(year);
    const appeals = await this.loadAppeals(year);
    const { title, basis, version } = this.settings.assessment;
    return {
      ...{ year, title, basis, version, asOf: beijingIso(asOf) },
      departments: departments
        .filter((d) => only === undefined || d.id === only)
        .map((d) => {
          const cell = cells.get(d.id);
          const figures = cell ? groupOf(sumsOf(cell), d.id, d.name) : null;
          return assess(this.settings.assessment, d, figures, marks.get(d.id) ?? new Map(), appeals.get(d.id) ?? new Map());
        })
        .sort((a, b) => (b.total ?? -1) - (a.total ?? -1)),
    };
  }

  async mark(by: string, given: { year: number; departmentId: string; indicator: string; points: number; reason: string }, witness?: Witness): Promise<Answer<null>> {
    const indicator = this.settings.assessment.indicators.find((i) => i.id === given.indicator);
    if (!indicator) return no('missing', `没有编号为“${given.indicator}”的指标`);
    if (indicator.scoring.kind !== 'manual') return no('conflict', `“${indicator.title}”由系统按记录计分，不能人工评分；有异议请申诉`);
    if (given.points > indicator.points) return no('invalid', `该指标最高${indicator.points}分`, 'points');
    if (!(await this.knows(given.departmentId))) return no('missing', `没有编号为“${given.departmentId}”的部门`);
    await this.dataSource.transaction(async (tx) => {
      await rows(
        tx,
        `insert into assessment_mark (year, department_id, indicator, points, reason, marked_by, marked_at) values ($1, $2, $3, $4, $5, $6, app_now())`,
        [given.year, given.departmentId, given.indicator, given.points, given.reason, by],
      );
      await witness?.(tx);
    });
    return { ok: true, value: null };
  }

  async appeal(by: string, given: { year: number; departmentId: string; indicator: string; reason: string }, witness?: Witness): Promise<Answer<string>> {
    if (!this.settings.assessment.indicators.some((i) => i.id === given.indicator)) return no('missing', `没有编号为“${given.indicator}”的指标`);
    if (!(await this.knows(given.departmentId))) return no('missing', `没有编号为“${given.departmentId}”的部门`);
    const open = await row(
      this.dataSource,
      `select 1 from assessment_appeal a left join assessment_answer r on r.appeal_id = a.id
       where a.year = $1 and a.department_id = $2 and a.indicator = $3 and r.appeal_id is null`,
      [given.year, given.departmentId, given.indicator],
    );
    if (open) return no('conflict', '该指标已有一件申诉等待答复');
    const made = await this.dataSource.transaction(async (tx) => {
      const written = await row<{ id: string }>(
        tx,
        `insert into assessment_appeal (year, department_id, indicator, reason, raised_by, raised_at) values ($1, $2, $3, $4, $5, app_now()) returning id`,
        [given.year, given.departmentId, given.indicator, given.reason, by],
      );
      await witness?.(tx);
      return written;
    });
    return { ok: true, value: made?.id ?? '' };
  }

  async answer(by: string, appealId: string, given: { upheld: boolean; points: number | null; reason: string }, witness?: Witness): Promise<Answer<null>> {
    const found = await row<{ indicator: string }>(this.dataSource, 'select indicator from assessment_appeal where id = $1', [appealId]);
    if (!found) return no('missing', `没有编号为 ${appealId} 的申诉`);
    const most = this.settings.assessment.indicators.find((i) => i.id === found.indicator)?.points ?? 0;
    if (given.upheld && (given.points === null || given.points > most)) return no('invalid', `申诉成立须写明改后的分数（0–${most}分）`, 'points');
    const made = await this.dataSource.transaction(async (tx) => {
      const written = await row(
        tx,
        `insert into assessment_answer (appeal_id, upheld, points, reason, answered_by, answered_at) values ($1, $2, $3, $4, $5, app_now())
         on conflict do nothing returning appeal_id`,
        [appealId, given.upheld, given.upheld ? given.points : null, given.reason, by],
      );
      if (written) await witness?.(tx);
      return written;
    });
    return made ? { ok: true, value: null } : no('conflict', '这件申诉已经答复');
  }

  private async knows(departmentId: string): Promise<boolean> {
    return (await row(this.dataSource, 'select 1 from department where id = $1', [departmentId])) !== null;
  }

  private async loadMarks(year: number): Promise<Map<string, Map<string, AssessmentMark>>> {
    const found = await rows<{ departmentId: string; indicator: string; points: string; reason: string; by: string; at: Date }>(
      this.dataSource,
      `select distinct on (department_id, indicator) department_id as "departmentId", indicator, points, reason, marked_by as by, marked_at as at
       from assessment_mark where year = $1 order by department_id, indicator, id desc`,
      [year],
    );
    return byDepartment(found.map((f) => ({ ...f, value: { points: Number(f.points), reason: f.reason, by: f.by, at: beijingIso(f.at) } })));
  }

  private async loadAppeals(year: number): Promise<Map<string, Map<string, WireAppeal>>> {
    const found = await rows<{ id: string; departmentId: string; indicator: string; reason: string; raisedBy: string; raisedAt: Date; upheld: boolean | null; points: string | null; why: string | null; by: string | null; at: Date | null }>(
      this.dataSource,
      `select distinct on (a.department_id, a.indicator) a.id, a.department_id as "departmentId", a.indicator, a.reason, a.raised_by as "raisedBy", a.raised_at as "raisedAt",
         r.upheld, r.points, r.reason as why, r.answered_by as by, r.answered_at as at
       from assessment_appeal a left join assessment_answer r on r.appeal_id = a.id where a.year = $1 order by a.department_id, a.indicator, a.id desc`,
      [year],
    );
    return byDepartment(
      found.map((f) => ({
        ...f,
        value: {
          ...{ id: f.id, reason: f.reason, raisedBy: f.raisedBy, raisedAt: beijingIso(f.raisedAt) },
          answer: f.upheld === null || f.at === null ? null : { upheld: f.upheld, points: f.points === null ? null : Number(f.points), reason: f.why ?? '', by: f.by ?? '', at: beijingIso(f.at) },
        },
      })),
    );
  }
}

function byDepartment<T>(list: { departmentId: string; indicator: string; value: T }[]): Map<string, Map<string, T>> {
  const map = new Map<string, Map<string, T>>();
  for (const { departmentId, indicator, value } of list) {
    const own = map.get(departmentId) ?? new Map<string, T>();
    map.set(departmentId, own.set(indicator, value));
  }
  return map;
}

/** The months of a department as one. */
function summed(cells: readonly Cell[]): Map<string, Cell> {
  return new Map(MonthBook.sum(cells).map((c) => [c.key, c]));
}
