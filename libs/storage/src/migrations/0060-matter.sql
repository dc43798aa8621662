-- Matters of the second ring: cases that no 舆情 starts but a document, an application, the calendar, a task (RULES 2).
-- response
alter table case_file
  -- null: a 舆情
  add column trigger text,
  add column triggered_at timestamptz(3),
  -- what is opened once, whoever sees it first: 'period:gazette:2026-Q4:xinfang', 'item:17', 'task:3'
  add column matter_key text,
  add column matter jsonb;
-- A row of numbers for each kind of code: YQ 舆情, SX 事项.
alter table case_counter drop constraint case_counter_pkey, add column series text not null default 'YQ', add primary key (day, series);
create unique index case_file_matter_key on case_file(matter_key) where matter_key is not null;
create index case_file_matter on case_file(trigger, id) where trigger is not null;

-- A 工作要点 that was taken over, and its tasks as a person confirmed them.
create table ledger (
  id bigint generated always as identity primary key,
  title text not null,
  number text not null default '',
  year int,
  issued_on date,
  text text not null,
  text_hash text not null unique,
  region text,
  imported_by text not null,
  imported_at timestamptz(3) not null
);
create table ledger_task (
  id bigint generated always as identity primary key,
  ledger_id bigint not null references ledger(id),
  position int not null,
  number text not null,
  title text not null,
  text text not null,
  headings jsonb not null,
  terms jsonb not null,
  units jsonb not null,
  -- the department that leads, and those that support it, as far as they are departments here
  department_id text references department(id),
  supporting text[] not null default '{}',
  -- null: the task names no end (持续推进), so that nothing is counted
  case_id bigint references case_file(id),
  unique (ledger_id, position)
);
create index ledger_task_department on ledger_task(department_id);
