import { CLASS_LABELS, maskText, maySee, type Bounds, type CaseClass, type Cellular, monthSpan, type ReportColumn, type Viewer } from '@app/domain';
import { rows, type Querier } from '@app/storage';

const AT_ONCE = 2_000;

export const CASE_COLUMNS: ReportColumn[] = [
  { title: '编号', weight: 3, align: 'left' },
  { title: '事件', weight: 8, align: 'left' },
  { title: '级别', weight: 3.5, align: 'left' },
  { title: '领域', weight: 2, align: 'left' },
  { title: '地区', weight: 4, align: 'left' },
  { title: '承办单位', weight: 4, align: 'left' },
  { title: '状态', weight: 2, align: 'left' },
  { title: '首次公开', weight: 3, align: 'right' },
  { title: '发现', weight: 3, align: 'right' },
  { title: '交办', weight: 3, align: 'right' },
  { title: '签收', weight: 3, align: 'right' },
  { title: '办结', weight: 3, align: 'right' },
  { title: '报道数', weight: 1.5, align: 'right' },
  { title: '时限数', weight: 1.5, align: 'right' },
  { title: '按期', weight: 1.5, align: 'right' },
  { title: '逾期完成', weight: 1.5, align: 'right' },
  { title: '未完成', weight: 1.5, align: 'right' },
];

interface Row extends Bounds {
  id: string;
  code: string;
  title: string;
  caseClass: CaseClass;
  topic: string;
  placeName: string | null;
  departmentName: string | null;
  state: string;
  firstPublicAt: Date | null;
  detectedAt: Date;
  assignedAt: Date | null;
  signedAt: Date | null;
  closedAt: Date | null;
  itemCount: number;
  clocks: number;
  met: number;
  late: number;
  overdue: number;
}

/** The cases detected in a month as rows of a sheet, as they stand now, the oldest first; without end, memory stays flat. */
export async function* caseRows(on: Querier, month: string, now: Date, viewer?: Viewer): AsyncGenerator<Cellular[]> {
  const { from, to } = monthSpan(month);
  for (let after = { at: from, id: '0' }; ; ) {
    const part: Row[] = await rows<Row>(
      on,
      `with f as materialized (
         select f.* from case_file f where f.detected_at >= $1 and f.detected_at < $2 and (f.detected_at, f.id) > ($1, $3::bigint)
           and f.trigger is null and f.merged_into is null order by f.detected_at, f.id limit ${AT_ONCE}
       ), k as (
         select case_id, count(*)::int as clocks, count(*) filter (where state = 'met')::int as met, count(*) filter (where state = 'met_late')::int as late,
           count(*) filter (where state = 'open' and due_at <= $4)::int as overdue
         from clock where case_id in (select id from f) group by case_id
       )
       select f.id, f.code, f.title, f.case_class as "caseClass", f.topic, f.place ->> 'name' as "placeName", d.name as "departmentName", f.state,
         f.first_public_at as "firstPublicAt", f.detected_at as "detectedAt", f.assigned_at as "assignedAt", f.signed_at as "signedAt",
         f.closed_at as "closedAt", f.item_count as "itemCount", coalesce(k.clocks, 0) as clocks, coalesce(k.met, 0) as met, coalesce(k.late, 0) as late,
         coalesce(k.overdue, 0) as overdue, f.department_id as "departmentId", f.supporting, f.region, d.region as "departmentRegion"
       from f left join k on k.case_id = f.id left join department d on d.id = f.department_id order by f.detected_at, f.id`,
      [after.at, to, after.id, now],
    );
    for (const r of part) {
      if (viewer !== undefined && !maySee(viewer, r)) continue;
      yield [
        ...[r.code, maskText(r.title), CLASS_LABELS[r.caseClass], r.topic, r.placeName, r.departmentName ?? '未交办', r.state],
        ...[r.firstPublicAt, r.detectedAt, r.assignedAt, r.signedAt, r.closedAt],
        ...[r.itemCount, r.clocks, r.met, r.late, r.overdue],
      ];
    }
    const last = part.at(-1);
    if (last === undefined || part.length < AT_ONCE) return;
    after = { at: last.detectedAt, id: last.id };
  }
}
