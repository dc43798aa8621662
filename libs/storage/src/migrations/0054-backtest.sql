-- stats -----------------------------------------------------------------------------------------
-- 回测: a history that was handed in on the page, waiting for the process that can classify, and what came out.
-- The texts are deleted as soon as they are judged.
create table backtest_run (
  id bigint generated always as identity primary key,
  title text not null,
  -- rule packs that are held against it
  packs text[] not null,
  messages int not null,
  -- JSON Lines as handed in; null once judged
  lines text,
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
  fault text,
  result jsonb,
  asked_by text not null,
  asked_at timestamptz(3) not null,
  done_at timestamptz(3)
);
create index backtest_run_waiting on backtest_run(id) where state in ('waiting', 'running');
