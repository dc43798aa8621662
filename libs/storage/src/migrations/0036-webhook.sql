-- notify ----------------------------------------------------------------------------------------
-- Subscriptions of config/webhooks.yaml and how they fare. Real time: a drill's clock moves no retry.
create table webhook (
  name text primary key,
  active boolean not null default true,
  -- LIKE patterns of event types (case.assigned, clock.met)
  patterns text[] not null,
  sent bigint not null default 0,
  fails int not null default 0,
  failing_since timestamptz(3),
  next_try_at timestamptz(3),
  claimed_until timestamptz(3),
  paused_at timestamptz(3),
  last_ok_at timestamptz(3),
  last_fault text
);

-- What waits to be sent. Filled in the transaction that records the event (a trigger), so that an event which commits late is not
-- passed over, and one that is rolled back is never told.
create table webhook_event (
  webhook text not null references webhook(name) on delete cascade,
  event_id bigint not null,
  primary key (webhook, event_id)
);

create function queue_webhook_events() returns trigger language plpgsql as $$
begin
  -- Without subscriptions a statement of 20,000 events pays for one look at an empty table.
  if exists (select from webhook where active) then
    insert into webhook_event (webhook, event_id)
    select w.name, n.id from added n join webhook w on w.active
     and (case when n.kind like 'clock-%' then 'clock.' || substr(n.kind, 7) else 'case.' || n.kind end) like any (w.patterns);
    if found then perform pg_notify('webhook_queued', ''); end if;
  end if;
  return null;
end $$;
create trigger case_event_webhook after insert on case_event
  referencing new table as added for each statement execute function queue_webhook_events();
