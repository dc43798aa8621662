-- stats -----------------------------------------------------------------------------------------
-- The months, kept up to date by the events (libs/stats/src/month-fold.service.ts). All of it can be built anew from
-- the tables of response; nothing here is a source of anything.

-- How far the events are folded in. One row.
create table month_fold (
  id int primary key default 1 check (id = 1),
  -- of the code that folded; another one folds everything anew
  version int not null,
  -- every event up to this id has been looked at, but for the gaps: ids that were not there yet (their transaction was
  -- still running, or was rolled back), each with the real time it was missed first
  last_event_id bigint not null,
  gaps jsonb not null default '[]',
  -- while everything is folded anew: the last case done. The sums follow at the end
  building_after bigint,
  -- the sums below are those of this instant; null until the first building is done
  folded_to timestamptz(3)
) with (fillfactor = 50);

-- What one case brings to the months, compact (fact-code.ts).
create table month_case (
  case_id bigint primary key,
  -- the instant for which it stands in the sums
  folded_at timestamptz(3) not null,
  -- the next limit or target of an open duty: from then on it counts otherwise
  next_turn_at timestamptz(3),
  facts text not null,
  -- by month that has ended: as it stood at the end of it, where what was recorded later has changed that
  frozen text
) with (fillfactor = 85);
create index month_case_turn on month_case(next_turn_at) where next_turn_at is not null;

create table month_case_month (
  month text not null,
  case_id bigint not null,
  primary key (month, case_id)
);

-- The sums. view: `now`, or `end`: as of the end of the month (the same while the month runs).
create table month_cell (
  view text not null check (view in ('now', 'end')),
  month text not null,
  dimension text not null,
  key text not null,
  counts int[] not null,
  primary key (view, month, dimension, key)
) with (fillfactor = 50);

-- Durations: how many took so many full minutes; one row an hour, 60 counts.
create table month_time (
  view text not null check (view in ('now', 'end')),
  month text not null,
  dimension text not null,
  key text not null,
  measure text not null,
  hour int not null,
  -- the sum of the counts
  n int not null,
  counts int[] not null,
  primary key (view, month, dimension, key, measure, hour)
) with (fillfactor = 70);

create function add_counts(a int[], b int[]) returns int[] language sql immutable as $$
  select array_agg(coalesce(x, 0) + coalesce(y, 0) order by n) from unnest(a, b) with ordinality as t(x, y, n)
$$;

-- A report as it was given, so that it can be shown and proven later: recounting from the events must give this hash.
create table month_snapshot (
  id bigint generated always as identity primary key,
  month text not null,
  as_of timestamptz(3) not null,
  taken_at timestamptz(3) not null,
  taken_by text not null,
  -- SHA-256, hex, of the figures as canonical JSON
  hash text not null,
  figures jsonb not null,
  unique (month, as_of)
);
create trigger month_snapshot_append_only before update or delete on month_snapshot for each row execute function refuse_change();
create trigger month_snapshot_no_truncate before truncate on month_snapshot execute function refuse_change();
