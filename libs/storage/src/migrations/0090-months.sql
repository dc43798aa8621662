-- Items and events by month. Both are partitioned by id: ids grow with time, so a month is a range of them, cut where the month
-- turns (libs/storage/src/months). Keyed by id and not by an instant, because then the id alone stays the key: a row is found in
-- one partition, an order by id reads the newest partition first, and a program of the version before goes on with both tables.
-- The tables that are there become the first partitions as they are: no row is rewritten, whatever their number.
-- No foreign key points to item any more: a month is cut, and let go, by detaching it, which PostgreSQL refuses while one does.
-- No row of item is ever deleted, so that nothing can point to one that is gone.

-- intake: one row an entry of a source, over all months; what was taken in once is not taken in again, also when its month has gone.
lock table item in share row exclusive mode;
create table item_key (
  source_name text not null,
  guid text not null,
  item_id bigint not null
);
insert into item_key select source_name, guid, id from item order by source_name, guid;
alter table item_key add primary key (source_name, guid);
analyze item_key;
-- The newest of a source, and its first: what unique (source_name, guid) was read for beside.
create index item_first_source on item(source_name, id);

alter table page_snapshot drop constraint page_snapshot_item_id_fkey;
alter table evidence_proposal drop constraint evidence_proposal_item_id_fkey, drop constraint evidence_proposal_denies_item_id_fkey;
alter table site_page drop constraint site_page_item_id_fkey;
alter table item drop constraint item_same_as_fkey, drop constraint item_source_name_guid_key;

alter table item rename to item_first;
alter table item_first rename constraint item_pkey to item_first_pkey;
alter table item_first rename constraint item_case_id_fkey to item_first_case_id_fkey;
alter index item_fetched rename to item_first_fetched;
alter index item_case rename to item_first_case;
alter index item_hash rename to item_first_hash;
alter index item_review rename to item_first_review;
alter index item_filter rename to item_first_filter;
-- PostgreSQL before 17 knows no identity on partitioned tables; the sequence goes on under the same name.
do $$
declare last bigint := pg_sequence_last_value('item_id_seq');
begin
  alter table item_first alter column id drop identity;
  create sequence item_id_seq;
  if last is not null then perform setval('item_id_seq', last); end if;
end $$;

create table item (like item_first including defaults including storage) partition by range (id);
alter table item alter column id set default nextval('item_id_seq');
alter sequence item_id_seq owned by item.id;
alter table item add primary key (id);
create index item_fetched on item(fetched_at desc);
create index item_case on item(case_id);
create index item_hash on item(content_hash);
create index item_review on item(id) where (label ->> 'needsReview')::boolean;
create index item_filter on item(id) include (source_name, fetched_at, level, region, department_id, case_id);
create index item_source on item(source_name, id);
alter table item add constraint item_case_id_fkey foreign key (case_id) references case_file(id);
alter table item attach partition item_first for values from (minvalue) to (maxvalue);

-- response
lock table case_event in share row exclusive mode;
drop trigger case_event_append_only on case_event;
drop trigger case_event_webhook on case_event;
alter table case_event rename to case_event_first;
alter trigger case_event_no_truncate on case_event_first rename to case_event_first_no_truncate;
alter table case_event_first rename constraint case_event_pkey to case_event_first_pkey;
alter index case_event_case rename to case_event_first_case;
alter index case_event_recorded rename to case_event_first_recorded;
alter index case_event_move rename to case_event_first_move;
do $$
declare last bigint := pg_sequence_last_value('case_event_id_seq');
begin
  alter table case_event_first alter column id drop identity;
  create sequence case_event_id_seq;
  if last is not null then perform setval('case_event_id_seq', last); end if;
end $$;

create table case_event (like case_event_first including defaults including storage) partition by range (id);
alter table case_event alter column id set default nextval('case_event_id_seq');
alter sequence case_event_id_seq owned by case_event.id;
alter table case_event add primary key (id);
create index case_event_case on case_event(case_id, id);
create index case_event_recorded on case_event using brin (recorded_at);
create index case_event_move on case_event(id) where kind in ('merged', 'unmerged', 'split');
alter table case_event attach partition case_event_first for values from (minvalue) to (maxvalue);
create trigger case_event_append_only before update or delete on case_event for each row execute function refuse_change();
create trigger case_event_no_truncate before truncate on case_event execute function refuse_change();
create trigger case_event_webhook after insert on case_event
  referencing new table as added for each statement execute function queue_webhook_events();
