-- Since when a source is asked as it is defined now: one that has failed ever since is told to the duty officer too.
alter table source_state add column enrolled_at timestamptz(3) not null default app_now();
