-- accounts: the filters of the board that a person has named for herself.
create table saved_view (
  id bigint generated always as identity primary key,
  account_id bigint not null references account(id),
  name text not null,
  filter jsonb not null,
  created_at timestamptz(3) not null,
  unique (account_id, name)
);

-- response: 交接班. What one shift leaves to the next: the words of a person and what was open at that instant.
create table handover (
  id bigint generated always as identity primary key,
  written_by bigint not null references account(id),
  written_at timestamptz(3) not null,
  note text not null,
  -- the open cases as the writer saw them
  open jsonb not null,
  totals jsonb not null
);
create trigger handover_append_only before update or delete on handover for each row execute function refuse_change();
create trigger handover_no_truncate before truncate on handover execute function refuse_change();

-- The receipt of who took it over; one for each handover.
create table handover_receipt (
  handover_id bigint primary key references handover(id),
  taken_by bigint not null references account(id),
  taken_at timestamptz(3) not null,
  remark text not null default ''
);
create trigger handover_receipt_append_only before update or delete on handover_receipt for each row execute function refuse_change();
create trigger handover_receipt_no_truncate before truncate on handover_receipt execute function refuse_change();
