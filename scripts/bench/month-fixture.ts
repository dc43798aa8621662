import type { DataSource } from 'typeorm';
import { rows } from '@app/storage';

/** The month that is filled, and its bounds as PostgreSQL reads them. */
export const MONTH = '2026-10';
const FROM = `'2026-10-01T00:00:00+08:00'::timestamptz`;
const MINUTES = 31 * 1440;

/**
 * Cases of one month with three clocks each (签收 30 minutes, 回应 48 hours, 办结 3 days), their history and evidence, all as
 * the response room writes them, but for the frozen rules, which are short here. Of a hundred terms some eight are met late, four
 * never; spread over 20 departments, 10 regions, 20 topics, 50 sources.
 */
export async function seedMonth(db: DataSource, cases: number, from = 1): Promise<void> {
  for (let done = 0; done < cases; done += 100_000) {
    await seedPart(db, from + done, from + Math.min(cases, done + 100_000) - 1, (MINUTES * 60) / cases);
  }
  await rows(db, 'analyze case_file, clock, case_event, evidence');
}

/** Spread without a pattern that repeats with the other ones. */
const spread = (salt: number, n: number): string => `(abs(hashint8(g::bigint * 7919 + ${salt})) % ${n})`;

/** @param every seconds from one detection to the next: ids grow with time, as they do in life */
async function seedPart(db: DataSource, first: number, last: number, every: number): Promise<void> {
  await db.transaction(async (m) => {
    await rows(m, `set local session_replication_role = replica`);
    await rows(m, `set local statement_timeout = 0`);
    await rows(
      m,
      `insert into case_file (id, code, title, level, case_class, topic, region, department_id, detected_at, opened_at, changed_at, state)
       overriding system value
       select g, 'YQ-BENCH-' || g, '测量用事件 ' || g, 'ordinary', 'ordinary', '其他', (360700 + ${spread(1, 10)})::text, 'd' || ${spread(2, 20)}, at, at, at, '已办结'
       from generate_series($1::int, $2::int) g, lateral (select ${FROM} + make_interval(secs => floor(g * ${every})) as at) d`,
      [first, last],
    );
    await rows(
      m,
      `insert into clock (id, case_id, duty, title, pack_id, rule_version, rule, ladder, anchor_kind, anchor_at, due_at, calendar_version, state, derivation, created_at)
       overriding system value
       select (g - 1) * 3 + k.n, g, k.duty, k.title, 'bench', 'bench@1#0', '{"legalEffect":"notice"}', '{}', k.anchor, f.detected_at + k.after,
         f.detected_at + k.after + k.term, '2026', 'met', '{}', f.detected_at + k.after
       from generate_series($1::int, $2::int) g join case_file f on f.id = g,
         (values (1, 'respond-other', '48小时内回应', 'detected', interval '0', interval '48 hours'),
                 (2, 'settle-ordinary', '3日内办结', 'detected', interval '0', interval '3 days'),
                 (3, 'sign-for', '签收', 'assigned', interval '20 minutes', interval '30 minutes')) as k(n, duty, title, anchor, after, term)`,
      [first, last],
    );
    await rows(
      m,
      `with f as materialized (select f.id as g, f.* from case_file f where f.id between $1::int and $2::int),
       done as (
         select g, detected_at, 'receipt' as kind, 3 as n, detected_at + make_interval(mins => 20 + (${spread(4, 32)})) as at from f
         union all select g, detected_at, 'release', 1, detected_at + make_interval(mins => ${spread(5, 3000)}) from f where ${spread(6, 25)} > 0
         union all select g, detected_at, 'settlement', 2, detected_at + make_interval(mins => ${spread(7, 4700)}) from f where ${spread(8, 12)} > 0
       ), put as (
         insert into evidence (case_id, kind, title, happened_at, entered_at, entered_by) select g, kind, '', at, at, '' from done
       )
       insert into case_event (case_id, clock_id, kind, at, recorded_at, actor, summary, data)
       select * from (
         select g, null::bigint, 'opened', detected_at, detected_at, '系统', '发现舆情，立案', jsonb_build_object('itemId', g::text, 'source', 's' || ${spread(9, 50)},
           'departmentId', null, 'region', region, 'caseClass', case when ${spread(10, 100)} < 90 then 'ordinary' when ${spread(10, 100)} < 99 then 'major' else 'emergency' end,
           'topic', (array['安全事故','自然灾害','公共卫生','食品药品','生态环境','教育','医疗','住房物业','征地拆迁','劳动社保','交通出行','城市管理','公用事业','农业农村','市场消费','金融','公共安全治安','政务作风','政策','其他'])[1 + ${spread(11, 20)}],
           'firstPublicAt', to_char((detected_at - make_interval(mins => ${spread(12, 600)})) at time zone 'Asia/Shanghai', 'YYYY-MM-DD"T"HH24:MI:SS"+08:00"'), 'lateDetection', false)
         from f
         union all select g, null, 'assigned', detected_at + interval '20 minutes', detected_at + interval '20 minutes', '值班员', '交办', jsonb_build_object('departmentId', department_id, 'from', null, 'reason', '属地办理') from f
         union all select g, (g - 1) * 3 + k, 'clock-started', detected_at, detected_at, '系统', '时限开始', jsonb_build_object('duty', 'x', 'ruleVersion', 'bench@1#0') from f, generate_series(1, 3) k
         union all select g, null, 'evidence', at, at, '值班员', '回应', jsonb_build_object('kind', kind) from done
         union all select d.g, (d.g - 1) * 3 + d.n, case when d.at <= c.due_at then 'clock-met' else 'clock-met-late' end, d.at, d.at, '值班员', '完成',
           jsonb_build_object('duty', c.duty, 'targetMet', null, 'lateEntry', false) from done d join clock c on c.id = (d.g - 1) * 3 + d.n
       ) e(case_id, clock_id, kind, at, recorded_at, actor, summary, data) order by recorded_at, kind desc`,
      [first, last],
    );
  });
}
