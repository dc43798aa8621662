-- response --------------------------------------------------------------------------------------
-- Screenshots handed in with an entry: what was seen there, kept with its digest as evidence of the item.
create table handed_file (
  id bigint generated always as identity primary key,
  inbox_id bigint not null references inbox(id),
  name text not null,
  media_type text not null,
  size int not null,
  -- of the bytes, hex
  sha256 text not null,
  bytes bytea not null,
  added_at timestamptz(3) not null,
  added_by text not null,
  unique (inbox_id, sha256)
);
alter table handed_file alter column bytes set storage external;
create index inbox_item on inbox(item_id) where item_id is not null;
create trigger handed_file_append_only before update or delete on handed_file for each row execute function refuse_change();
create trigger handed_file_no_truncate before truncate on handed_file execute function refuse_change();
