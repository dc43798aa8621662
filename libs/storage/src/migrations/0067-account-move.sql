-- response --------------------------------------------------------------------------------------
-- An account that moved to another role, department or region no longer reads the alerts of cases it may not see any
-- more. The row stays as the record of who was told what; only its reader is gone.
alter table alert_delivery add column withdrawn_at timestamptz(3);
