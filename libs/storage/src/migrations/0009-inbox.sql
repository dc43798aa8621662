-- accounts --------------------------------------------------------------------------------------
-- Keys of programs that hand in items (购买第三方监测服务). Only the hash is kept; the key is shown once.
create table api_key (
  id bigint generated always as identity primary key,
  -- also the name of the source: push-<name>
  name text not null unique,
  key_hash text not null unique,
  scope text not null check (scope in ('items:write')),
  created_at timestamptz(3) not null,
  created_by text not null,
  last_used_at timestamptz(3),
  revoked_at timestamptz(3)
);

-- response --------------------------------------------------------------------------------------
-- What was handed in (pushed, imported, typed by hand) and waits for the crawler, which classifies and stores it
-- like anything it has fetched. (source_name, guid) makes handing in again harmless.
create table inbox (
  id bigint generated always as identity primary key,
  source_name text not null,
  guid text not null,
  -- title, text, url, publishedAt, certain, region, department, handedOnBy
  entry jsonb not null,
  submitted_by text not null,
  received_at timestamptz(3) not null,
  state text not null default 'waiting' check (state in ('waiting','stored','refused')),
  attempts int not null default 0,
  item_id bigint,
  reason text,
  settled_at timestamptz(3),
  unique (source_name, guid)
);
create index inbox_waiting on inbox(id) where state = 'waiting';
