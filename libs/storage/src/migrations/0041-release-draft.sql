-- response --------------------------------------------------------------------------------------
-- Drafts of what goes out (起草与三审). The system publishes nothing: what passed 终审 is published by people, elsewhere, and
-- registered as evidence with the hash of the very text that passed.
create table release_draft (
  id bigint generated always as identity primary key,
  case_id bigint not null references case_file(id),
  kind text not null check (kind in ('release', 'clarification', 'plan', 'settlement')),
  created_at timestamptz(3) not null,
  evidence_id bigint references evidence(id),
  withdrawn_at timestamptz(3),
  withdraw_reason text
);
create index release_draft_case on release_draft(case_id);

-- Every text that anybody saved stays.
create table draft_version (
  draft_id bigint not null references release_draft(id),
  version int not null,
  title text not null,
  body text not null,
  -- what was changed and why
  note text not null default '',
  author text not null,
  author_name text not null,
  at timestamptz(3) not null,
  primary key (draft_id, version)
);
create trigger draft_version_append_only before update or delete on draft_version for each row execute function refuse_change();
create trigger draft_version_no_truncate before truncate on draft_version execute function refuse_change();

-- A review is of one version: a new one starts the reviews anew.
create table draft_review (
  draft_id bigint not null,
  version int not null,
  stage text not null check (stage in ('first', 'second', 'final')),
  passed boolean not null,
  comment text not null default '',
  reviewer text not null,
  reviewer_name text not null,
  at timestamptz(3) not null,
  primary key (draft_id, version, stage),
  foreign key (draft_id, version) references draft_version(draft_id, version)
);
create trigger draft_review_append_only before update or delete on draft_review for each row execute function refuse_change();
create trigger draft_review_no_truncate before truncate on draft_review execute function refuse_change();

alter table evidence add column draft_id bigint references release_draft(id);
