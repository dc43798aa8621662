-- stats -----------------------------------------------------------------------------------------
-- 问责: what a person decided about a breach, on a draft (督办单, 通报, 约谈通知) that the system had prepared from its template.
-- The system drafts; it never decides: without a row here nothing happened.
create table accountability_decision (
  id bigint generated always as identity primary key,
  clock_id bigint not null references clock(id),
  case_id bigint not null references case_file(id),
  department_id text references department(id),
  form text not null check (form in ('supervise', 'circular', 'talk')),
  decision text not null check (decision in ('issued', 'dropped')),
  -- the text as the person made it; only where issued
  title text not null default '',
  body text not null default '',
  reason text not null,
  decided_by text not null,
  decided_at timestamptz(3) not null
);
create index accountability_decision_clock on accountability_decision(clock_id);
create trigger accountability_decision_append_only before update or delete on accountability_decision for each row execute function refuse_change();
create trigger accountability_decision_no_truncate before truncate on accountability_decision execute function refuse_change();
