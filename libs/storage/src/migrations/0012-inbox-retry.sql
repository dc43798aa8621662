-- response --------------------------------------------------------------------------------------
-- When a handed-in entry that could not be stored is tried again; null: at once.
alter table inbox add column next_try_at timestamptz(3);
