-- accounts --------------------------------------------------------------------------------------
-- Wrong passwords by user name and by address (`name:…`, `address:…`), whether or not the name exists:
-- a lock must not tell which names do. Measured by the real clock, like the sessions.
create table sign_in_attempt (
  key text primary key,
  fails int not null,
  last_at timestamptz(3) not null,
  locked_until timestamptz(3)
) with (fillfactor = 80);
create index sign_in_attempt_last on sign_in_attempt(last_at);

-- Their work is done by sign_in_attempt.
alter table account drop column failed_logins, drop column locked_until;

create index session_expires on session(expires_at);
create index audit_actor on audit(actor, id);

-- Where alerts by e-mail go; null: none.
alter table account add column email text;
