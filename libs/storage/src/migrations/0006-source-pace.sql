-- intake ----------------------------------------------------------------------------------------
-- The interval an adaptive source has come to, in seconds; null: that of its schedule.
alter table source_state add column pace_seconds int;

-- Whose turn a host is, over all crawlers. By the real clock: courtesy to others knows no shifted time.
create table host_state (
  host text primary key,
  free_at timestamptz(3) not null
) with (fillfactor = 70);
