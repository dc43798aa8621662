-- accounts --------------------------------------------------------------------------------------
-- Tokens with scopes: of a program (account_id null), or of a person as whom they act.
alter table api_key
  add column scopes text[] not null default '{}',
  add column account_id bigint references account(id),
  -- bound of what a program sees; null: the whole deployment
  add column region text,
  -- real time, like sessions; null: until it is revoked
  add column expires_at timestamptz(3);
update api_key set scopes = '{push-items}';
alter table api_key alter column scopes drop default, drop column scope, add check (cardinality(scopes) > 0);
-- A person names the own tokens as he likes.
alter table api_key drop constraint api_key_name_key;
create unique index api_key_name on api_key (coalesce(account_id, 0), name);

-- A sign-in elsewhere (OIDC) needs no first change of a password nobody uses.
alter table session add column by_oidc boolean not null default false;

-- Sign-ins that were sent to the provider and have not come back. Kept for minutes.
create table oidc_attempt (
  state_hash text primary key,
  verifier text not null,
  nonce text not null,
  return_to text not null,
  created_at timestamptz(3) not null
);
