import {
  cut,
  beijingIso,
  interprets,
  isInterpretation,
  isPolicyDocument,
  type MatterFacts,
  planTriggered,
  type Trigger,
} from '@app/domain';
import type { SourceSettings } from '@app/settings';
import { row, rows } from '@app/storage';
import type { EntityManager } from 'typeorm';
import { SYSTEM } from './event-log';
import type { Lawbook } from './lawbook.service';
import { openMatter } from './matter';

const TRIGGER_OF = {
  policy: 'policy-published',
  superior: 'superior-document',
  programme: 'programme-published',
} as const satisfies Record<string, Trigger>;
/** So many of the newest items of a source are looked at. */
const NEWEST = 400;
/** What was public before the place began to watch starts no term, but for the days a first look may be late. */
const BEFORE_WATCH_MS = 7 * 86_400_000;

interface SeenItem {
  id: string;
  title: string;
  text: string;
  url: string | null;
  publishedAt: Date | null;
  fetchedAt: Date;
  firstFetchedAt: Date;
}

/**
 * A document that the crawler saw on the government's own site (or a superior's) starts its terms, from the time the page
 * states, else from when it was found. @returns how many were opened
 */
export async function openDocuments(
  manager: EntityManager,
  laws: Lawbook,
  sources: readonly SourceSettings[],
  region: string,
  now: Date,
): Promise<number> {
  let opened = 0;
  for (const source of sources) {
    if (!source.enabled || source.publishes === undefined || source.publishes === 'interpretation') continue;
    const trigger = TRIGGER_OF[source.publishes];
    if (laws.book.duties.every((d) => d.rule.trigger !== trigger)) continue;
    for (const item of await newDocuments(manager, source.name)) {
      if (!isPolicyDocument(item.title) && source.publishes !== 'programme') continue;
      const stated =
        item.publishedAt !== null && item.publishedAt.getTime() <= item.fetchedAt.getTime() ? item.publishedAt : null;
      const triggeredAt = stated ?? item.fetchedAt;
      if (triggeredAt.getTime() < item.firstFetchedAt.getTime() - BEFORE_WATCH_MS) continue;
      const department =
        source.department === undefined
          ? null
          : await row<{ id: string }>(manager, 'select id from department where id = $1', [source.department]);
      const number = numberIn(`${item.title}\n${item.text.slice(0, 2000)}`);
      const id = await openMatter(
        manager,
        {
          ...{ trigger, triggeredAt, region, actor: SYSTEM, told: true, title: item.title, topic: '政策' as const },
          key: `item:${item.id}`,
          summary: cut(item.text, 500),
          departmentId: department?.id ?? null,
          facts: {
            ...{ subject: item.title, itemId: item.id, sourceName: source.name },
            ...(number === null ? {} : { number }),
            ...(item.url === null ? {} : { url: item.url }),
            ...(stated === null ? { note: `页面未写明公布时间，按发现时间 ${beijingIso(item.fetchedAt)} 起算` } : {}),
          },
          plans: planTriggered(laws.book, trigger, triggeredAt, laws.calendar),
        },
        now,
      );
      if (id !== null) opened++;
    }
  }
  return opened;
}

function newDocuments(manager: EntityManager, sourceName: string): Promise<SeenItem[]> {
  return rows<SeenItem>(
    manager,
    `with newest as (select * from item where source_name = $1 order by id desc limit ${NEWEST})
     select i.id, i.title, i.text, i.url, i.published_at as "publishedAt", i.fetched_at as "fetchedAt",
       (select fetched_at from item where source_name = $1 order by id limit 1) as "firstFetchedAt"
     from newest i where not exists (select from case_file f where f.matter_key = 'item:' || i.id) order by i.id`,
    [sourceName],
  );
}

/** 云府办发〔2026〕8号, also with other brackets. */
function numberIn(text: string): string | null {
  const m =
    /([\u4e00-\u9fff]{1,10}(?:发|办|函|字|令|规)[\u4e00-\u9fff]{0,4})\s*[〔[（(](\d{4})[〕\])）]\s*(\d{1,4})\s*号/.exec(
      text,
    );
  return m ? `${m[1]}〔${m[2]}〕${m[3]}号` : null;
}

/** A page that seems to interpret an open policy document is proposed as its evidence; a person confirms. @returns whether it was */
export async function proposeInterpretation(
  manager: EntityManager,
  page: {
    itemId: string;
    title: string;
    text: string;
    links: readonly string[];
    publishedAt: Date | null;
    fetchedAt: Date;
  },
  now: Date,
): Promise<boolean> {
  if (!isInterpretation(page.title)) return false;
  const open = await rows<{ id: string; matter: MatterFacts }>(
    manager,
    `select id, matter from case_file where trigger = 'policy-published' and closed_at is null and merged_into is null order by id desc limit 1000`,
  );
  for (const { id, matter } of open) {
    const reason = interprets(page, matter);
    if (reason === null) continue;
    // An item that answers a 舆情 already stays there.
    const linked = await row(
      manager,
      'update item set case_id = $1 where id = $2 and (case_id is null or case_id = $1) returning id',
      [id, page.itemId],
    );
    if (!linked) return false;
    const stated = page.publishedAt !== null && page.publishedAt.getTime() <= page.fetchedAt.getTime();
    const written = await row(
      manager,
      `insert into evidence_proposal (item_id, kind, reason, happened_at, denies_item_id, created_at)
       values ($1, 'interpretation', $2, $3, null, $4) on conflict (item_id) do nothing returning item_id`,
      [page.itemId, reason, stated ? page.publishedAt : page.fetchedAt, now],
    );
    return written !== null;
  }
  return false;
}
