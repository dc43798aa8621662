import { SEARCH_SPAN, spanOf } from '@app/domain';
import { vectorOf } from '@app/intake';
import { row, rows } from '@app/storage';
import type { DataSource } from 'typeorm';
import { makeTexts } from './feed-texts';

const DIFFERENT = 2000;
const STEP = 100_000;
const LABEL = {
  ...{ dead: null, grade: null, level: 'none', rules: [], score: 0.1754, topic: '其他', injured: null, reasons: [] },
  ...{ category: null, relevant: false, emergency: false, needsReview: false },
};

interface Index {
  name: string;
  definition: string;
}

/**
 * Fills the database up to `count` items of the last 400 days, with their words for the search: the same texts again and
 * again as items of their own. Indexes are built at the end, which takes a tenth of the time.
 */
export async function fillItems(db: DataSource, count: number, say: (line: string) => void): Promise<void> {
  const have = Number((await row<{ n: string }>(db, 'select count(*) as n from item'))?.n ?? 0);
  if (have >= count) return;
  const indexes = await rows<Index>(
    db,
    `select indexname as name, indexdef as definition from pg_indexes i
     where schemaname = current_schema() and tablename in ('item', 'item_search')
       and not exists (select from pg_constraint c where c.conname = i.indexname)`,
  );
  for (const { name } of indexes) await rows(db, `drop index ${name}`);
  const texts = makeTexts(DIFFERENT, 99);
  await rows(db, 'create table if not exists bench_text (n int primary key, title text, text text, words tsvector)');
  await rows(
    db,
    `insert into bench_text select * from unnest($1::int[], $2::text[], $3::text[], $4::tsvector[]) on conflict do nothing`,
    [
      texts.map((_, n) => n),
      texts.map((t) => t.title),
      texts.map((t) => t.text),
      texts.map((t) => vectorOf({ id: '0', ...t })),
    ],
  );
  // Where months are apart, the keys of all entries have a table of their own.
  const keys = (await row(db, `select 1 where to_regclass('item_key') is not null`)) !== null;
  for (let at = have; at < count; at += STEP) {
    await rows(
      db,
      `with fresh as (
         insert into item (source_name, guid, url, title, text, published_at, published_certain, fetched_at, content_hash, relevant,
           level, label, classifier_version, region)
         select 'old-' || (g % 2000), g::text, 'http://old.test/' || g, t.title, t.text, a.at, true, a.at, md5(g::text), g % 5 = 0,
           case when g % 5 = 0 then 'ordinary' else 'none' end, $3::jsonb, 'bench', '36' || lpad((g % 100)::text, 4, '0')
         from generate_series($1::int, $2::int - 1) g join bench_text t on t.n = g % ${DIFFERENT},
           lateral (select app_now() - make_interval(days => 1, secs => 400 * 86400.0 * ($4 - g) / $4) as at) a
         order by g returning id, source_name, guid)
       ${keys ? ', keyed as (insert into item_key (source_name, guid, item_id) select source_name, guid, id from fresh)' : ''}
       insert into item_search (item_id, version, words)
       select f.id, 1, ts_delete(t.words, $5::text) || array_to_tsvector(array['#' || f.id / $6::bigint])
       from fresh f join bench_text t on t.n = f.guid::int % ${DIFFERENT}`,
      [at, Math.min(count, at + STEP), JSON.stringify(LABEL), count, `#${spanOf(0n)}`, SEARCH_SPAN],
    );
    say(`${Math.min(count, at + STEP)} items`);
  }
  await rows(db, 'drop table bench_text');
  for (const { name, definition } of indexes) {
    await db.transaction(async (manager) => {
      await rows(manager, `set local maintenance_work_mem = '512MB'`);
      // The index over the words of a million items takes longer than the application waits.
      await rows(manager, 'set local statement_timeout = 0');
      // An index of a table in parts is printed as one of the empty whole.
      await rows(manager, definition.replace(' ON ONLY ', ' ON '));
    });
    say(`index ${name}`);
  }
  await rows(db, 'vacuum analyze item');
  await rows(db, 'vacuum analyze item_search');
}
