import { Injectable } from '@nestjs/common';
import { beijingDate, beijingIso, CASE_CLASSES, startOfDay, dayNumberOf, type CaseClass, type Topic, type Viewer, type WireWall } from '@app/domain';
import { RUNNING_CLOCKS } from '@app/response';
import { StatsService } from '@app/stats';
import { readNow, row, rows } from '@app/storage';
import { DataSource } from 'typeorm';
import { CaseSearch } from './case-search';
import { scopeSql } from './scope';

const MOST_CASES = 6;
const MOST_HEAT = 10;
/** The month's rate folds every event of the month: it is computed anew after so long. */
const RATE_KEPT_MS = 5 * 60_000;

type Rate = WireWall['month'];
interface Heat {
  topic: Topic;
  place: string;
  late: boolean;
  n: number;
}

/** The figures of the wall. */
@Injectable()
export class WallReader {
  private readonly rates = new Map<string, { until: number; rate: Promise<Rate> }>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly cases: CaseSearch,
    private readonly stats: StatsService,
  ) {}

  async load(viewer: Viewer): Promise<WireWall> {
    const now = await readNow(this.dataSource);
    const midnight = startOfDay(dayNumberOf(beijingDate(now)));
    const [totals, open, duties, today, heat, month] = await Promise.all([
      this.cases.totals(viewer),
      this.cases.open(viewer, MOST_CASES),
      this.duties(viewer),
      this.today(viewer, midnight),
      this.heat(viewer),
      this.rate(viewer, now),
    ]);
    return { now: beijingIso(now), totals, duties, today, month, ...heat, cases: open };
  }

  private async duties(viewer: Viewer): Promise<WireWall['duties']> {
    const scope = scopeSql(viewer, 'f.department_id', 'f.supporting', 'f.region', 1);
    const found = await rows<{ caseClass: CaseClass; running: number; overdue: number; within: number }>(
      this.dataSource,
      `select f.case_class as "caseClass", count(*)::int as running,
         count(*) filter (where c.state = 'open' and c.due_at < (select app_now()))::int as overdue,
         count(*) filter (where c.state = 'open' and c.due_at between (select app_now()) and (select app_now()) + interval '1 hour')::int as within
       from clock c join case_file f on f.id = c.case_id
       where c.state in ('open', 'suspended') and f.merged_into is null and f.trigger is null and ${scope.sql} group by 1`,
      scope.params,
    );
    const sum = (of: (r: (typeof found)[number]) => number): number => found.reduce((n, r) => n + of(r), 0);
    const ofClass = (k: CaseClass): number => found.find((r) => r.caseClass === k)?.running ?? 0;
    return {
      running: sum((r) => r.running),
      overdue: sum((r) => r.overdue),
      withinHour: sum((r) => r.within),
      byClass: Object.fromEntries(CASE_CLASSES.map((k) => [k, ofClass(k)])) as Record<CaseClass, number>,
    };
  }

  private async today(viewer: Viewer, midnight: Date): Promise<WireWall['today']> {
    const onItem = scopeSql(viewer, 'coalesce(f.department_id, i.department_id)', `coalesce(f.supporting, '{}')`, 'coalesce(i.region, f.region)', 2);
    const onCase = scopeSql(viewer, 'f.department_id', 'f.supporting', 'f.region', 2);
    const [hours, flow] = await Promise.all([
      rows<{ hour: number; items: number; relevant: number }>(
        this.dataSource,
        `select floor(extract(epoch from i.fetched_at - $1::timestamptz) / 3600)::int as hour, count(*)::int as items,
           count(*) filter (where i.relevant)::int as relevant
         from item i left join case_file f on f.id = i.case_id where i.fetched_at >= $1 and ${onItem.sql} group by 1`,
        [midnight, ...onItem.params],
      ),
      row<{ opened: number; closed: number; responses: number }>(
        this.dataSource,
        `select (select count(*)::int from case_file f where f.detected_at >= $1 and f.merged_into is null and f.trigger is null and ${onCase.sql}) as opened,
           (select count(*)::int from case_file f where f.closed_at >= $1 and f.merged_into is null and f.trigger is null and ${onCase.sql}) as closed,
           (select count(*)::int from evidence e join case_file f on f.id = e.case_id
            where e.entered_at >= $1 and e.kind <> 'receipt' and ${onCase.sql}) as responses`,
        [midnight, ...onCase.params],
      ),
    ]);
    const last = Math.max(-1, ...hours.map((h) => h.hour));
    const byHour = Array.from({ length: last + 1 }, (_, n) => hours.find((h) => h.hour === n)?.relevant ?? 0);
    const sum = (of: (h: (typeof hours)[number]) => number): number => hours.reduce((n, h) => n + of(h), 0);
    return { items: sum((h) => h.items), relevant: sum((h) => h.relevant), opened: flow?.opened ?? 0, closed: flow?.closed ?? 0, responses: flow?.responses ?? 0, byHour };
  }

  private async heat(viewer: Viewer): Promise<Pick<WireWall, 'topics' | 'places'>> {
    const scope = scopeSql(viewer, 'f.department_id', 'f.supporting', 'f.region', 1);
    const found = await rows<Heat>(
      this.dataSource,
      `select f.topic, coalesce(f.place ->> 'name', '') as place, n.overdue > 0 as late, count(*)::int as n
       from case_file f ${RUNNING_CLOCKS} where f.closed_at is null and f.merged_into is null and f.trigger is null and ${scope.sql} group by 1, 2, 3`,
      scope.params,
    );
    return { topics: ranked(found, (h) => h.topic), places: ranked(found, (h) => h.place) };
  }

  private rate(viewer: Viewer, now: Date): Promise<Rate> {
    const key = JSON.stringify([viewer.role, viewer.departmentId, viewer.region]);
    const kept = this.rates.get(key);
    if (kept && kept.until > performance.now()) return kept.rate;
    const rate = this.foldRate(viewer, beijingDate(now).slice(0, 7));
    this.rates.set(key, { until: performance.now() + RATE_KEPT_MS, rate });
    rate.catch(() => this.rates.delete(key));
    return rate;
  }

  private async foldRate(viewer: Viewer, month: string): Promise<Rate> {
    const { duties } = await this.stats.loadMonth(month, undefined, viewer);
    return { month, rate: duties.onTimeRate, metOnTime: duties.metOnTime, judged: duties.metOnTime + duties.metLate + duties.overdue };
  }
}

function ranked<K extends string>(heat: readonly Heat[], keyOf: (h: Heat) => K): { name: K; open: number; late: number }[] {
  const by = new Map<K, { name: K; open: number; late: number }>();
  for (const h of heat) {
    const own = by.get(keyOf(h)) ?? { name: keyOf(h), open: 0, late: 0 };
    own.open += h.n;
    if (h.late) own.late += h.n;
    by.set(own.name, own);
  }
  return [...by.values()].sort((a, b) => b.open - a.open || (a.name < b.name ? -1 : 1)).slice(0, MOST_HEAT);
}
