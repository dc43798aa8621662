-- accounts --------------------------------------------------------------------------------------
-- Where alerts by SMS go; null: none. Eleven digits of a mainland mobile number.
alter table account add column phone text check (phone ~ '^1[3-9][0-9]{9}$');
