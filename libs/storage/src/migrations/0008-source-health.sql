-- intake ----------------------------------------------------------------------------------------
alter table source_state
  -- What was published before the first good run came in late because the source was new: no lag of ours.
  add column first_ok_at timestamptz(3),
  -- Runs in a row that were answered with 200 and held no entry at all.
  add column empty_runs int not null default 0,
  add column certificate_ends_at timestamptz(3);
update source_state set first_ok_at = last_ok_at;

-- What each source did on each Beijing day: the usual, against which a day is held.
create table source_day (
  name text not null,
  day date not null,
  fetches int not null default 0,
  failures int not null default 0,
  not_modified int not null default 0,
  items int not null default 0,
  primary key (name, day)
) with (fillfactor = 70);

-- The last examination of each source.
create table source_health (
  name text primary key,
  checked_at timestamptz(3) not null,
  success_rate double precision,
  lag_median_seconds double precision,
  lag_p95_seconds double precision,
  usual_per_day double precision
);

-- What is wrong with a source, once from its beginning to its end; at its beginning the duty officer is alerted.
create table source_incident (
  id bigint generated always as identity primary key,
  name text not null,
  kind text not null,
  sentence text not null,
  since timestamptz(3),
  opened_at timestamptz(3) not null,
  ended_at timestamptz(3)
);
create unique index source_incident_open on source_incident(name, kind) where ended_at is null;
