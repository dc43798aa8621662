-- response --------------------------------------------------------------------------------------
-- One message on its way out over a channel beside the socket: a single alert, or a summary of many (汇总, 预警集中).
create table alert_message (
  id bigint generated always as identity primary key,
  channel text not null,
  -- null: a group reads it
  account_id bigint references account(id),
  kind text not null check (kind in ('single','digest','storm')),
  -- the same at every try: by it a receiver drops repeats
  key text not null,
  begun_at timestamptz(3) not null,
  sent_at timestamptz(3),
  unique (channel, key)
);
create index alert_message_begun on alert_message(channel, begun_at);

alter table alert_delivery
  add column message_id bigint,
  -- 0: at once; n: the n-th to be tried when those before it failed
  add column fallback smallint not null default 0,
  -- may wait for others and be told with them
  add column digest boolean not null default false,
  drop constraint alert_delivery_state_check,
  add constraint alert_delivery_state_check
    check (state in ('queued','sent','delivered','read','failed','superseded','standby'));
-- Without a message (all rows of the socket) nothing is kept here.
create index alert_delivery_message on alert_delivery(message_id) where message_id is not null;

-- It climbed because no channel could reach anybody, not because nobody signed.
alter table alert add column unreachable boolean not null default false;

-- What each channel did, for the page 预警渠道. One row a channel; kept when the channel is taken out of the settings.
create table channel_state (
  name text primary key,
  sent bigint not null default 0,
  failed bigint not null default 0,
  fails_in_row int not null default 0,
  last_ok_at timestamptz(3),
  last_fault_at timestamptz(3),
  last_fault text
) with (fillfactor = 80);
