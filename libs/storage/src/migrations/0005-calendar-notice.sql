-- response: holiday notices that an administrator loaded while the system runs, in their order. They are laid over those of
-- config/calendar; a wrong one is mended by a later one, never edited.
create table calendar_notice (
  id bigint generated always as identity primary key,
  year int not null,
  -- title, number, published, url, holidays, as in config/calendar
  notice jsonb not null,
  loaded_at timestamptz(3) not null,
  loaded_by text not null
);
create trigger calendar_notice_append_only before update or delete on calendar_notice for each row execute function refuse_change();
create trigger calendar_notice_no_truncate before truncate on calendar_notice execute function refuse_change();
