-- intake: the words of each item, masked before they are cut (what is masked is found by nobody). Apart from the item's
-- row, and written after it by the crawler, so that taking in never waits for the index.
create table item_search (
  item_id bigint primary key,
  version smallint not null,
  words tsvector not null
-- The vectors leave the row: a search by the index reads narrow rows, and only a phrase needs the vector itself.
) with (toast_tuple_target = 128);
-- The pending list is read by every search from end to end: it is kept short.
create index item_search_words on item_search using gin (words) with (gin_pending_list_limit = 512);
