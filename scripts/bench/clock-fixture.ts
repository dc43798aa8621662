import type { DataSource } from 'typeorm';
import { buildCalendar, planClock } from '@app/domain';
import { loadSettings, ruleBookOf } from '@app/settings';
import { rows } from '@app/storage';

const TERM_HOURS = 48;

/** Rule, ladder and derivation of a real duty of the default packs (48 hours), as its clock freezes them. */
function frozen(): { rule: string; ladder: string; derivation: string; version: string; first: string } {
  const settings = loadSettings();
  const duty = ruleBookOf(settings).duties.find((d) => d.rule.id === 'respond-other');
  if (!duty) throw new Error('the default packs have no duty respond-other');
  const calendar = buildCalendar(settings.calendar.notices, settings.calendar.statutory);
  // One audience for every rung: the bench counts what arrives at one person.
  const ladder = {
    id: 'bench',
    title: '测量阶梯',
    rungs: [
      { id: 'half', share: 0.5, audience: ['duty_officer'], severity: 'info' },
      { id: 'warn', share: 0.8, audience: ['duty_officer'], severity: 'warning' },
      { id: 'due', offsetMinutes: 0, audience: ['duty_officer'], severity: 'critical', receiptMinutes: 30 },
      { id: 'after-1h', offsetMinutes: 60, audience: ['duty_officer'], severity: 'critical' },
      { id: 'daily', offsetMinutes: 1440, repeatMinutes: 1440, audience: ['duty_officer'], severity: 'critical' },
    ],
  };
  const plan = planClock(duty, new Date('2026-11-02T09:00:00+08:00'), calendar);
  return {
    rule: JSON.stringify(plan.rule),
    ladder: JSON.stringify(ladder),
    derivation: JSON.stringify(plan.derivation),
    version: plan.ruleVersion,
    first: calendar.version,
  };
}

/** Cases, four clocks to each when many are asked for. */
export async function seedCases(db: DataSource, n: number, after = 0): Promise<void> {
  await rows(
    db,
    `insert into case_file (code, title, level, case_class, topic, detected_at, opened_at, changed_at)
     select 'YQ-BENCH-' || g, '测量用事件 ' || g, 'ordinary', 'ordinary', '其他', app_now(), app_now(), app_now()
     from generate_series($2::int + 1, $2::int + $1::int) g`,
    [n, after],
  );
}

/**
 * Open clocks that are not due: their first rung lies 1 to 40 hours ahead.
 * @param from number of the first case they belong to
 */
export async function seedIdle(db: DataSource, n: number, cases: number): Promise<void> {
  for (let done = 0; done < n; done += 50_000) {
    await insertClocks(db, Math.min(50_000, n - done), cases, {
      anchor: `date_trunc('second', app_now()) + make_interval(secs => 3600 + (g * 7919) % 140000) - interval '24 hours'`,
      next: `due - interval '24 hours'`,
    });
  }
  await rows(db, 'analyze clock');
}

/** Clocks whose limit falls due at `first` and then every `stepMs`; their earlier rungs have fired. */
export async function seedDue(db: DataSource, n: number, cases: number, first: Date, stepMs: number): Promise<string> {
  const at = `'${first.toISOString()}'::timestamptz + make_interval(secs => (g - 1) * ${stepMs} / 1000.0)`;
  const lowest = await insertClocks(db, n, cases, { anchor: `${at} - interval '${TERM_HOURS} hours'`, next: 'due' });
  await rows(
    db,
    `insert into rung_fired (clock_id, rung, revision, rung_at, fired_at)
     select c.id, r.rung, 0, c.due_at - r.before, app_now()
     from clock c, (values ('half', interval '24 hours'), ('warn', interval '9 hours 36 minutes')) r(rung, before) where c.id >= $1`,
    [lowest],
  );
  await rows(db, 'analyze clock, rung_fired');
  return lowest;
}

async function insertClocks(
  db: DataSource,
  n: number,
  cases: number,
  sql: { anchor: string; next: string },
): Promise<string> {
  const f = frozen();
  const [found] = await rows<{ lowest: string }>(
    db,
    `with made as (
       insert into clock (case_id, duty, title, pack_id, rule_version, rule, ladder, anchor_kind, anchor_at, due_at,
         calendar_version, next_at, derivation, created_at)
       select 1 + g % $2::int, 'respond-other', '48小时内回应', 'bench', $3, $4, $5, 'detected', anchor, due, $6, ${sql.next}, $7,
         least(app_now(), anchor)
       from generate_series(1, $1::int) g, lateral (select ${sql.anchor} as anchor) a,
         lateral (select a.anchor + interval '${TERM_HOURS} hours' as due) d
       returning id
     ) select min(id) as lowest from made`,
    [n, cases, f.version, f.rule, f.ladder, f.first, f.derivation],
  );
  return found?.lowest ?? '0';
}

/** Lateness of outbox rows, in ms from the instant to the commit (not to the statement). */
export async function lateness(
  db: DataSource,
  lowest: string,
): Promise<{ n: number; p50: number; p99: number; max: number; drained: number }> {
  const [found] = await rows<{ n: number; p50: number; p99: number; max: number; drained: number }>(
    db,
    `with late as (
       select extract(epoch from pg_xact_commit_timestamp(xmin_) - instant_at) * 1000 as ms, instant_at, pg_xact_commit_timestamp(xmin_) as done
       from (select a.xmin as xmin_, r.rung_at as instant_at from rung_fired a join rung_fired r using (clock_id, rung, revision)
             where a.clock_id >= $1 and a.rung = 'due') x
     )
     select count(*)::int as n, percentile_disc(0.5) within group (order by ms)::float8 as p50,
       percentile_disc(0.99) within group (order by ms)::float8 as p99, max(ms)::float8 as max,
       (extract(epoch from max(done) - min(instant_at)) * 1000)::float8 as drained
     from late`,
    [lowest],
  );
  if (!found) throw new Error('nothing was measured');
  return found;
}
