-- response
-- The page a finding was made on, as it was fetched: what is mended later can still be shown.
create table site_evidence (
  finding_id bigint primary key references site_finding(id) on delete cascade,
  final_url text not null,
  status int not null,
  -- pairs of name and value, in the order received
  headers jsonb not null default '[]',
  -- gzip of the content after the transfer's own compression was undone; null once its time of keeping is over
  body bytea,
  size int not null,
  -- of the content, hex
  sha256 text not null,
  fetched_at timestamptz(3) not null
);
alter table site_evidence alter column body set storage external;

-- intake
-- The page on which a link was found.
alter table site_page add column linked_from text;
