-- intake: the vectors leave the rows of item_search. PostgreSQL moves nothing out of a row shorter than 2 KB, whatever its
-- toast_tuple_target, and most vectors are shorter: four rows to a page, and a search by the index read a page for nearly each item
-- that it found. A column that makes each row long enough, and is packed to some thirty bytes, sends the vectors out: eighty rows a page.
-- A generated one, so that whoever writes rows, also a version before this, need not know of it, and no backup holds it.
-- The table is written anew (a million rows: two to three minutes); meanwhile there is no search, and taking in goes on.
alter table item_search alter column words set storage external;
alter table item_search add column pad text generated always as (repeat(' ', 2100)) stored;
analyze item_search;
