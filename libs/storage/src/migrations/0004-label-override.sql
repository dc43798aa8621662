-- response --------------------------------------------------------------------------------------
-- What persons decided about labels: of an item or of a case, confirmed or changed. Wins over every later
-- classification; the source of the quality figures and of training data.
create table label_override (
  id bigint generated always as identity primary key,
  item_id bigint,
  case_id bigint,
  verdict text not null check (verdict in ('confirmed','changed')),
  old_label jsonb not null,
  new_label jsonb not null,
  reason text not null default '',
  actor text not null,
  at timestamptz(3) not null,
  -- the classifier that gave the old label
  classifier_version text not null,
  check (item_id is not null or case_id is not null)
);
create index label_override_item on label_override(item_id, id) where item_id is not null;
create index label_override_case on label_override(case_id, id) where case_id is not null;
create trigger label_override_append_only before update or delete on label_override for each row execute function refuse_change();
create trigger label_override_no_truncate before truncate on label_override execute function refuse_change();

-- Where the matter is (code, readable name, relation to the own region, reasons); region keeps the code alone,
-- by which is decided who sees the row.
alter table case_file add column place jsonb;
-- Which departments are proposed, the leading one first; a person assigns.
alter table case_file add column proposal jsonb not null default '[]';
create index case_file_review on case_file(id) where needs_review and closed_at is null;

-- intake ----------------------------------------------------------------------------------------
alter table item add column place jsonb;
alter table item add column proposal jsonb not null default '[]';
create index item_review on item(id) where (label ->> 'needsReview')::boolean;
