-- stats -----------------------------------------------------------------------------------------
-- 考评: what a person gave for an indicator that no figure tells. The last one counts; earlier ones stay.
create table assessment_mark (
  id bigint generated always as identity primary key,
  year int not null,
  department_id text not null references department(id),
  indicator text not null,
  -- points, 0 … those of the indicator
  points numeric(6, 2) not null check (points >= 0),
  reason text not null,
  marked_by text not null,
  marked_at timestamptz(3) not null
);
create index assessment_mark_of on assessment_mark(year, department_id, indicator, id);
create trigger assessment_mark_append_only before update or delete on assessment_mark for each row execute function refuse_change();
create trigger assessment_mark_no_truncate before truncate on assessment_mark execute function refuse_change();

-- An appeal (申诉) of a department against the points of an indicator.
create table assessment_appeal (
  id bigint generated always as identity primary key,
  year int not null,
  department_id text not null references department(id),
  indicator text not null,
  reason text not null,
  raised_by text not null,
  raised_at timestamptz(3) not null
);
create index assessment_appeal_of on assessment_appeal(year, department_id);
create trigger assessment_appeal_append_only before update or delete on assessment_appeal for each row execute function refuse_change();
create trigger assessment_appeal_no_truncate before truncate on assessment_appeal execute function refuse_change();

-- How it was answered: upheld with the points from now on, or dismissed. One answer for each appeal.
create table assessment_answer (
  appeal_id bigint primary key references assessment_appeal(id),
  upheld boolean not null,
  -- the points that count from here on; only where upheld
  points numeric(6, 2) check (points >= 0),
  reason text not null,
  answered_by text not null,
  answered_at timestamptz(3) not null,
  check (upheld = (points is not null))
);
create trigger assessment_answer_append_only before update or delete on assessment_answer for each row execute function refuse_change();
create trigger assessment_answer_no_truncate before truncate on assessment_answer execute function refuse_change();
