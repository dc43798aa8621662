import { cut, beijingText, planTriggered } from '@app/domain';
import type { SourceSettings } from '@app/settings';
import { row, rows } from '@app/storage';
import type { EntityManager } from 'typeorm';
import { lockCase } from './case-lock';
import { enterEvidence } from './evidence-entry';
import { SYSTEM } from './event-log';
import type { Lawbook } from './lawbook.service';
import { openMatter } from './matter';
import { settleFindings } from './site-findings.service';

/** A busy site updates many times a day: one registered update a day keeps its weeks as exactly. */
const SPARSE_MS = 86_400_000;
/** The newest items looked at; dates without a time of day are uncertain, and count as found. */
const NEWEST = 100;
const STALE_DAYS = 14;

interface Update {
  itemId: string;
  title: string;
  url: string | null;
  at: Date;
}

/**
 * Follows the sites, columns and accounts whose weekly update is promised (`watch` of a source): each update that the crawler
 * saw meets the running week and starts the next. Silence is told by the week's own clock.
 * @returns how many matters were opened or updates registered
 */
export async function watchSites(manager: EntityManager, laws: Lawbook, sources: readonly SourceSettings[], region: string, now: Date): Promise<number> {
  let done = 0;
  for (const source of sources) {
    if (!source.enabled || source.watch !== true) continue;
    const newest = await newestUpdate(manager, source.name, now);
    if (newest !== null) await reportSilence(manager, source, newest.at, now);
    const key = `watch:${source.name}`;
    const matter = await row<{ id: string; lastAt: Date | null; triggeredAt: Date; closed: boolean }>(
      manager,
      `select f.id, f.triggered_at as "triggeredAt", f.closed_at is not null as closed,
         (select max(e.happened_at) from evidence e where e.case_id = f.id and e.kind = 'update') as "lastAt"
       from case_file f where f.matter_key = $1`,
      [key],
    );
    if (!matter) {
      // The week runs from the last update known when the watch begins, else from now.
      const triggeredAt = newest !== null && now.getTime() - newest.at.getTime() < 7 * SPARSE_MS ? newest.at : now;
      const plans = planTriggered(laws.book, 'site-watched', triggeredAt, laws.calendar);
      if (plans.length === 0) continue;
      const department = source.department === undefined ? null : await row<{ id: string }>(manager, 'select id from department where id = $1', [source.department]);
      const id = await openMatter(
        manager,
        {
          ...{ trigger: 'site-watched' as const, key, triggeredAt, plans, actor: SYSTEM, told: false },
          title: `${source.title}信息更新`,
          summary: '',
          topic: '政策',
          departmentId: department?.id ?? null,
          region,
          facts: { subject: source.title, sourceName: source.name },
        },
        now,
      );
      if (id !== null) done++;
      continue;
    }
    if (matter.closed) continue;
    if (newest === null) continue;
    if (newest.at.getTime() - (matter.lastAt ?? matter.triggeredAt).getTime() < SPARSE_MS) continue;
    await register(manager, laws, matter.id, newest, now);
    done++;
  }
  return done;
}

/** 僵尸、睡眠: two weeks without an update are a finding beside the breach of each week. */
async function reportSilence(manager: EntityManager, source: SourceSettings, last: Date, now: Date): Promise<void> {
  const days = Math.floor((now.getTime() - last.getTime()) / SPARSE_MS);
  const sentence = `自 ${beijingText(last)} 起 ${days} 天没有更新`;
  const page = {
    sourceName: source.name,
    sourceTitle: source.title,
    departmentId: source.department ?? null,
    url: 'url' in source ? source.url : source.name,
    evidence: null,
  };
  await settleFindings(manager, page, days >= STALE_DAYS ? [{ kind: 'stale', sentence }] : [], ['stale']);
}

async function newestUpdate(manager: EntityManager, sourceName: string, now: Date): Promise<Update | null> {
  const found = await rows<{ id: string; title: string; url: string | null; publishedAt: Date | null; certain: boolean; fetchedAt: Date }>(
    manager,
    `select id, title, url, published_at as "publishedAt", published_certain as certain, fetched_at as "fetchedAt"
     from item where source_name = $1 order by id desc limit ${NEWEST}`,
    [sourceName],
  );
  const updates = found.map((i): Update => {
    const stated = i.publishedAt !== null && i.publishedAt.getTime() <= Math.min(i.fetchedAt.getTime(), now.getTime());
    return { itemId: i.id, title: i.title, url: i.url, at: stated && i.publishedAt ? i.publishedAt : i.fetchedAt };
  });
  return updates.reduce<Update | null>((best, u) => (best === null || u.at.getTime() > best.at.getTime() ? u : best), null);
}

async function register(manager: EntityManager, laws: Lawbook, caseId: string, update: Update, now: Date): Promise<void> {
  const c = await lockCase(manager, caseId);
  if (!c) return;
  await enterEvidence({ manager, c, to: c.state, now, actor: SYSTEM, by: { username: SYSTEM, displayName: SYSTEM } }, laws, {
    kind: 'update',
    title: cut(update.title, 300),
    url: update.url,
    note: `系统抓取到的更新（信息 ${update.itemId}）`,
    happenedAt: update.at,
    approvedBy: null,
    speaker: null,
    contentHash: null,
    officialItemId: update.itemId,
  });
}
