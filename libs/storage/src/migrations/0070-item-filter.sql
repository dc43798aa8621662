-- intake: what a search filters by and bounds its viewer with, beside the id: thousands of found items are sifted without
-- reading the rows, whose texts lie between them.
create index item_filter on item (id) include (source_name, fetched_at, level, region, department_id, case_id);
