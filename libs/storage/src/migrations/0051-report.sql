-- stats -----------------------------------------------------------------------------------------
-- A scheduled report (config/reports.yaml) of one period: the row is taken once, whichever process comes first, and keeps
-- the files as they were sent.
create table report_run (
  id bigint generated always as identity primary key,
  schedule text not null,
  -- 2026-11-26, 2026-W48, 2026-11
  period text not null,
  title text not null,
  due_at timestamptz(3) not null,
  state text not null default 'due' check (state in ('due', 'sent', 'made', 'failed')),
  attempts int not null default 0,
  next_try_at timestamptz(3),
  made_at timestamptz(3),
  sent_at timestamptz(3),
  -- addresses the message was handed over for
  sent_to text[] not null default '{}',
  last_fault text,
  word bytea,
  sheet bytea,
  unique (schedule, period)
);
create index report_run_next on report_run(next_try_at) where next_try_at is not null;
