-- response --------------------------------------------------------------------------------------
-- Sources that a person has set up in the browser, beside those of config/sources and of the same form.
create table source_definition (
  name text primary key,
  -- as one entry of config/sources/*.yaml
  definition jsonb not null,
  created_at timestamptz(3) not null,
  created_by text not null,
  changed_at timestamptz(3) not null,
  changed_by text not null,
  -- the row stays, so that items of the source keep its title
  deleted_at timestamptz(3)
);

-- Dry runs: asked for in the gateway, made in a crawler, where hostile pages block nobody's board.
create table source_probe (
  id bigint generated always as identity primary key,
  -- {"url"} or {"definition"}
  request jsonb not null,
  asked_by text not null,
  asked_at timestamptz(3) not null,
  claimed_until timestamptz(3),
  answer jsonb,
  answered_at timestamptz(3)
);
create index source_probe_waiting on source_probe(id) where answered_at is null;

-- intake ----------------------------------------------------------------------------------------
-- The definition that the validators and the interval belong to: a changed one is read anew and at once.
alter table source_state add column definition text;
