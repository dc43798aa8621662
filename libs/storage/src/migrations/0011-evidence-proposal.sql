-- response --------------------------------------------------------------------------------------
-- The government's own voice: an official item that joined a case is proposed as evidence; a person confirms or drops it.
-- Its case is that of the item, so that it goes along when cases are merged or split.
create table evidence_proposal (
  id bigint generated always as identity primary key,
  item_id bigint not null unique references item(id),
  kind text not null,
  reason text not null,
  happened_at timestamptz(3) not null,
  -- the rumour that a denial (辟谣) answers
  denies_item_id bigint references item(id),
  state text not null default 'open' check (state in ('open','confirmed','dropped')),
  evidence_id bigint references evidence(id),
  settled_by text,
  settled_at timestamptz(3),
  created_at timestamptz(3) not null
);
