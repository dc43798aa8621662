-- response --------------------------------------------------------------------------------------
-- The page behind an item of a case as it was fetched, so that a deleted post can still be shown.
create table page_snapshot (
  item_id bigint primary key references item(id),
  url text not null,
  final_url text,
  status int,
  -- pairs of name and value, in the order received
  headers jsonb not null default '[]',
  -- gzip of the content after the transfer's own compression was undone
  body bytea,
  size int,
  -- of the content, hex
  sha256 text,
  fetched_at timestamptz(3),
  attempts int not null default 0,
  -- null: kept, or given up
  next_try_at timestamptz(3),
  last_fault text
);
alter table page_snapshot alter column body set storage external;
create index page_snapshot_next on page_snapshot(next_try_at) where next_try_at is not null;
