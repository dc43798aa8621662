-- response --------------------------------------------------------------------------------------
-- Links in messages by which one person signs for one alert without signing in (签收链接). The link carries 256 random
-- bits; only their SHA-256 is kept, so that whoever reads the table (or a backup) cannot sign for anybody.
create table receipt_link (
  token_hash text primary key,
  account_id bigint not null references account(id),
  alert_id bigint not null,
  case_id bigint,
  channel text not null,
  created_at timestamptz(3) not null,
  -- by the database's own clock, like sessions: a drill must not keep a link alive
  expires_at timestamptz(3) not null,
  used_at timestamptz(3)
);
create index receipt_link_alert on receipt_link(alert_id, account_id);
create index receipt_link_expires on receipt_link(expires_at) where used_at is null;
