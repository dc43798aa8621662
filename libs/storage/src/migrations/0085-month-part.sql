-- stats -----------------------------------------------------------------------------------------
-- The months as one department sees them: sums of their own, kept up to date like those of the whole (scope ''), so that a
-- department head waits no longer for a month than a leader. All of it is folded anew after this (FOLD_VERSION).

-- The cases that a scope sees now (`unit:ID`: what the department leads or supports), and what each brings to it.
create table month_part (
  scope text not null,
  case_id bigint not null,
  -- as in month_case; null: the same as the case as a whole brings
  facts text,
  frozen text,
  primary key (scope, case_id)
);
create index month_part_case on month_part(case_id);

alter table month_cell add column scope text not null default '';
alter table month_cell drop constraint month_cell_pkey, add primary key (scope, view, month, dimension, key);
alter table month_time add column scope text not null default '';
alter table month_time drop constraint month_time_pkey, add primary key (scope, view, month, dimension, key, measure, hour);
