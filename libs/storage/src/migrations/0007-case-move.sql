-- response: pairs of open cases that clustering holds for the same event, for a person to merge or leave.
create table case_similar (
  low_id bigint not null references case_file(id),
  high_id bigint not null references case_file(id),
  score real not null,
  -- the words, numbers and places that both name
  shared text[] not null,
  at timestamptz(3) not null,
  primary key (low_id, high_id),
  check (low_id < high_id)
);
create index case_similar_high on case_similar(high_id);

-- Clustering follows what persons moved between cases: it looks for the moves since the last one it saw.
create index case_event_move on case_event(id) where kind in ('merged', 'unmerged', 'split');
create index case_file_merged on case_file(merged_into) where merged_into is not null;
