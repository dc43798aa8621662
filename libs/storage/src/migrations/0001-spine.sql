-- The spine. One writing lib per table, named above each group.
-- timestamptz(3) everywhere: microseconds break claims by equality.

-- storage ---------------------------------------------------------------------------------------
-- The one replaceable time source. Real life: the row never changes and app_now() is the database's clock.
-- A test moves the whole running system by changing the row (see libs/storage/src/time.ts).
create table time_shift (
  id int primary key default 1 check (id = 1),
  base_real timestamptz(3) not null default 'epoch',
  base_shown timestamptz(3) not null default 'epoch',
  rate double precision not null default 1 check (rate >= 0)
);
insert into time_shift default values;

create function app_now() returns timestamptz(3) language sql volatile parallel safe as $$
  select (base_shown + (clock_timestamp() - base_real) * rate)::timestamptz(3) from time_shift where id = 1
$$;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'integrity_constraint_violation';
end $$;

-- accounts --------------------------------------------------------------------------------------
create table department (
  id text primary key,
  name text not null,
  region text,
  duties text not null default ''
);

create table account (
  id bigint generated always as identity primary key,
  username text not null unique,
  display_name text not null,
  role text not null check (role in ('duty_officer','department_contact','department_head','leader','administrator','auditor')),
  department_id text references department(id),
  region text,
  password_hash text not null,
  must_change_password boolean not null default true,
  disabled boolean not null default false,
  failed_logins int not null default 0,
  locked_until timestamptz(3),
  created_at timestamptz(3) not null
);

create table session (
  token_hash text primary key,
  account_id bigint not null references account(id) on delete cascade,
  csrf_token text not null,
  created_at timestamptz(3) not null,
  last_seen_at timestamptz(3) not null,
  expires_at timestamptz(3) not null
);
create index session_account on session(account_id);

create table audit (
  id bigint generated always as identity primary key,
  at timestamptz(3) not null,
  actor text not null,
  action text not null,
  object text not null default '',
  data jsonb not null default '{}',
  prev_hash text not null,
  hash text not null
);
create trigger audit_append_only before update or delete on audit for each row execute function refuse_change();
create trigger audit_no_truncate before truncate on audit execute function refuse_change();

-- response --------------------------------------------------------------------------------------
-- Numbers of cases by Beijing day (YQ-20261121-0001). The row's lock orders two openings of the same day.
create table case_counter (
  day date primary key,
  last int not null
);

create table case_file (
  id bigint generated always as identity primary key,
  code text not null unique,
  title text not null,
  summary text not null default '',
  level text not null check (level in ('none','ordinary','major')),
  case_class text not null check (case_class in ('ordinary','major','emergency')),
  emergency boolean not null default false,
  grade text,
  category text,
  topic text not null,
  region text,
  state text not null default '待研判',
  department_id text references department(id),
  dead int,
  injured int,
  needs_review boolean not null default false,
  demo boolean not null default false,
  happened_at timestamptz(3),
  first_public_at timestamptz(3),
  detected_at timestamptz(3) not null,
  confirmed_at timestamptz(3),
  assigned_at timestamptz(3),
  signed_at timestamptz(3),
  closed_at timestamptz(3),
  late_detection boolean not null default false,
  item_count int not null default 0,
  source_count int not null default 0,
  merged_into bigint references case_file(id),
  -- e.g. 'transferred' (上级转办): duties that hold only then
  circumstances text[] not null default '{}',
  override jsonb,
  version bigint not null default 1,
  opened_at timestamptz(3) not null,
  changed_at timestamptz(3) not null
);
create index case_file_open on case_file(detected_at desc) where closed_at is null;
create index case_file_detected on case_file(detected_at);

create table clock (
  id bigint generated always as identity primary key,
  case_id bigint not null references case_file(id),
  duty text not null,
  title text not null,
  pack_id text not null,
  rule_version text not null,
  rule jsonb not null,
  ladder jsonb not null,
  anchor_kind text not null,
  anchor_at timestamptz(3) not null,
  target_at timestamptz(3),
  due_at timestamptz(3) not null,
  provisional boolean not null default false,
  calendar_version text not null,
  state text not null default 'open' check (state in ('open','suspended','met','met_late','cancelled','superseded')),
  revision int not null default 0,
  -- when something of this clock fires next; the engine claims by this column alone
  next_at timestamptz(3),
  breached_at timestamptz(3),
  met_at timestamptz(3),
  met_by text,
  target_met boolean,
  evidence_id bigint,
  superseded_by bigint references clock(id),
  end_reason text,
  derivation jsonb not null,
  -- poison rows are pushed ahead and shown
  faults int not null default 0,
  last_fault text,
  created_at timestamptz(3) not null
-- Rule and derivation leave the row for its TOAST table, so that firing rewrites a narrow row.
) with (fillfactor = 80, toast_tuple_target = 256);
alter table clock alter column ladder set storage main;
-- The id is in it so that a claim of thousands of clocks due at one instant reads in order instead of sorting them.
create index clock_next on clock(next_at, id) where next_at is not null;
create index clock_case on clock(case_id);
create index clock_open on clock(id) where state in ('open','suspended');

-- One row per rung that fired: the uniqueness is what makes an alert fire once.
create table rung_fired (
  -- no foreign key: clocks are never deleted, and 20,000 rungs of one midnight pay for every check
  clock_id bigint not null,
  rung text not null,
  revision int not null,
  rung_at timestamptz(3) not null,
  fired_at timestamptz(3) not null,
  primary key (clock_id, rung, revision)
);

-- The history of a case: append-only, refused by the database itself.
create table case_event (
  id bigint generated always as identity primary key,
  -- no foreign keys here and in alert: nothing is ever deleted, and each check would lock the case's row
  case_id bigint not null,
  clock_id bigint,
  kind text not null,
  at timestamptz(3) not null,
  recorded_at timestamptz(3) not null,
  actor text not null,
  summary text not null,
  data jsonb not null default '{}'
);
create index case_event_case on case_event(case_id, id);
create index case_event_recorded on case_event using brin (recorded_at);
create trigger case_event_append_only before update or delete on case_event for each row execute function refuse_change();
create trigger case_event_no_truncate before truncate on case_event execute function refuse_change();

create table evidence (
  id bigint generated always as identity primary key,
  case_id bigint not null references case_file(id),
  kind text not null,
  title text not null,
  url text,
  note text not null default '',
  happened_at timestamptz(3) not null,
  entered_at timestamptz(3) not null,
  entered_by text not null,
  approved_by text,
  speaker text,
  content_hash text,
  file_name text,
  file_bytes bytea
);
create index evidence_case on evidence(case_id);
create trigger evidence_append_only before update or delete on evidence for each row execute function refuse_change();
create trigger evidence_no_truncate before truncate on evidence execute function refuse_change();

-- The outbox of alerts (预警): written in the transaction of what it tells; the socket is only the hint.
create table alert (
  id bigint generated always as identity primary key,
  key text not null unique,
  kind text not null,
  severity text not null,
  title text not null,
  body text not null default '',
  case_id bigint,
  clock_id bigint,
  rung text,
  -- the alert it climbed from when nobody gave a receipt
  raised_from bigint,
  -- whom it concerns: offices, and the department for the offices of a department
  audience text[] not null,
  -- the offices that were reached in fact, after climbing past empty ones
  reached text[] not null default '{}',
  department_id text,
  -- minutes without a receipt after which the next office is reached at once
  receipt_minutes int,
  escalate_at timestamptz(3),
  escalated boolean not null default false,
  instant_at timestamptz(3) not null,
  created_at timestamptz(3) not null,
  -- null until the recipients are written to alert_delivery
  addressed_at timestamptz(3)
);
create index alert_unaddressed on alert(id) where addressed_at is null;
create index alert_escalate on alert(escalate_at) where escalate_at is not null and not escalated;
create index alert_case on alert(case_id);

-- Per-user sequence of alerts, moved under this row's lock, which is held to the commit: whoever sees
-- number n has every number below n.
create table alert_counter (
  account_id bigint primary key references account(id),
  seq bigint not null
);

create table alert_delivery (
  account_id bigint not null references account(id),
  seq bigint not null,
  alert_id bigint not null references alert(id),
  channel text not null default 'socket',
  state text not null default 'queued' check (state in ('queued','sent','delivered','read','failed','superseded')),
  attempts int not null default 0,
  next_try_at timestamptz(3),
  sent_at timestamptz(3),
  delivered_at timestamptz(3),
  read_at timestamptz(3),
  last_fault text,
  primary key (account_id, channel, seq),
  unique (alert_id, account_id, channel)
) with (fillfactor = 80);
create index alert_delivery_due on alert_delivery(channel, next_try_at) where next_try_at is not null;
create index alert_delivery_unread on alert_delivery(account_id, seq) where read_at is null;

-- rules: who holds which office when; the engine asks it for the duty officer on shift
create table roster (
  id bigint generated always as identity primary key,
  account_id bigint not null references account(id),
  office text not null,
  department_id text references department(id),
  starts_at timestamptz(3) not null,
  ends_at timestamptz(3) not null,
  stand_in_for bigint references account(id),
  check (ends_at > starts_at)
);
create index roster_span on roster(office, starts_at, ends_at);

create table heartbeat (
  process text primary key,
  kind text not null,
  at timestamptz(3) not null,
  data jsonb not null default '{}'
);

-- intake ----------------------------------------------------------------------------------------
create table source_state (
  name text primary key,
  next_fetch_at timestamptz(3) not null,
  claimed_until timestamptz(3),
  etag text,
  last_modified text,
  fails int not null default 0,
  fetches bigint not null default 0,
  not_modified bigint not null default 0,
  items bigint not null default 0,
  last_fetch_at timestamptz(3),
  last_ok_at timestamptz(3),
  last_item_at timestamptz(3),
  last_fault text,
  fault_kind text,
  cursor jsonb not null default '{}'
) with (fillfactor = 80);
create index source_state_next on source_state(next_fetch_at);

create table item (
  id bigint generated always as identity primary key,
  source_name text not null,
  guid text not null,
  url text,
  title text not null,
  text text not null,
  published_at timestamptz(3),
  published_certain boolean not null,
  fetched_at timestamptz(3) not null,
  content_hash text not null,
  simhash bigint,
  relevant boolean not null,
  level text not null,
  label jsonb not null,
  classifier_version text not null,
  region text,
  department_id text,
  official boolean not null default false,
  demo boolean not null default false,
  case_id bigint references case_file(id),
  same_as bigint references item(id),
  unique (source_name, guid)
);
create index item_fetched on item(fetched_at desc);
create index item_case on item(case_id);
create index item_hash on item(content_hash);
