-- response --------------------------------------------------------------------------------------
-- The units of a case: one leading (第一责任主体), any number supporting (协办). A unit that gives a case back and gets it
-- again has two rows; the one without an end is in force.
create table case_unit (
  id bigint generated always as identity primary key,
  case_id bigint not null references case_file(id),
  department_id text not null references department(id),
  part text not null check (part in ('lead', 'supporting')),
  -- what it was asked to do (交办要求)
  task text not null default '',
  assigned_at timestamptz(3) not null,
  assigned_by text not null,
  signed_at timestamptz(3),
  returned_at timestamptz(3),
  replied_at timestamptz(3),
  replied_by text,
  reply text,
  -- 退回, 改交办, 解除协办, 转办: it has the case no more
  ended_at timestamptz(3),
  end_reason text,
  -- of a merge: the case it came with, so that the merge can be undone
  from_case_id bigint references case_file(id)
);
create index case_unit_case on case_unit(case_id);
create unique index case_unit_one on case_unit(case_id, department_id) where ended_at is null;
create unique index case_unit_lead on case_unit(case_id) where part = 'lead' and ended_at is null;

-- Who sees a case is decided with its row alone: the supporting units stand in it too.
alter table case_file
  add column supporting text[] not null default '{}',
  -- 转上级、转办: kind, to, reason, at, by
  add column transfer jsonb,
  -- reopened after it was settled: the duties of the second round run from here
  add column revived_at timestamptz(3);

-- Whose own term it is (签收 of each unit); null: the leading unit's, whichever that is.
alter table clock
  add column department_id text,
  add column unit_part text;

alter table evidence
  -- the unit that gave it
  add column department_id text,
  add column speaker_office text check (speaker_office in ('principal', 'deputy', 'spokesperson'));

insert into case_unit (case_id, department_id, part, assigned_at, assigned_by, signed_at)
select id, department_id, 'lead', assigned_at, '系统', signed_at from case_file
where department_id is not null and assigned_at is not null;
-- The clocks of earlier units have ended: only what still runs is somebody's.
update clock c set department_id = f.department_id, unit_part = 'lead'
from case_file f where f.id = c.case_id and c.anchor_kind = 'assigned' and c.state in ('open', 'suspended')
  and f.department_id is not null and f.assigned_at is not null;
