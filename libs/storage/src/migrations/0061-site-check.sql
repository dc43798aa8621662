-- Pages of the government's own watched sites, each looked at again after a while, and what was found on them.
-- intake
create table site_page (
  source_name text not null,
  url text not null,
  -- null: a link on one of the pages
  item_id bigint references item(id),
  found_at timestamptz(3) not null,
  checked_at timestamptz(3),
  next_check_at timestamptz(3) not null,
  primary key (source_name, url)
);
create index site_page_next on site_page(next_check_at);

-- response
create table site_finding (
  id bigint generated always as identity primary key,
  source_name text not null,
  url text not null,
  kind text not null,
  -- personal data is masked in it
  sentence text not null,
  -- SHA-256 of the page as it was read, hex; null where nothing could be read
  content_hash text,
  department_id text references department(id),
  found_at timestamptz(3) not null,
  seen_at timestamptz(3) not null,
  resolved_at timestamptz(3)
);
create unique index site_finding_open on site_finding(source_name, url, kind) where resolved_at is null;
