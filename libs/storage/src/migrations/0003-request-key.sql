-- accounts --------------------------------------------------------------------------------------
-- Answers of requests that carried an Idempotency-Key, so that a request sent again is not done again.
-- Kept for a day of real time.
create table request_key (
  account_id bigint not null references account(id) on delete cascade,
  key text not null,
  -- of method, path and body: the same key with another request is a mistake
  fingerprint text not null,
  -- null while the first one is being worked on
  answer jsonb,
  created_at timestamptz(3) not null,
  primary key (account_id, key)
);
create index request_key_created on request_key(created_at);
