import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { cut, beijingIso, beijingText, SITE_FINDING_KINDS, type SiteFinding, type SiteFindingKind, type WireSiteFinding } from '@app/domain';
import { readNow, row, rows } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import type { MatterScope } from './matter-board.service';
import { writeAlerts } from './outbox';
import { type ArchivedPage, writeWarc } from './warc';

/** A page of a watched site as it was just checked. */
export interface CheckedSitePage {
  sourceName: string;
  sourceTitle: string;
  departmentId: string | null;
  url: string;
  /** As it was fetched; null where nothing could be read. */
  evidence: ArchivedPage | null;
}

const KIND_NAMES: Record<SiteFindingKind, string> = {
  'dead-link': '死链',
  sensitive: '个人信息外露',
  'late-publication': '公开超时',
  stale: '长期不更新',
};

/** The table site_finding: what is wrong on the government's own pages, from when it was seen to when it was mended. */
@Injectable()
export class SiteFindings {
  constructor(private readonly dataSource: DataSource) {}

  /** Settles one page: new findings are told, those that are gone are resolved. `kinds`: what this check can judge. */
  report(page: CheckedSitePage, findings: readonly SiteFinding[], kinds: readonly SiteFindingKind[] = SITE_FINDING_KINDS): Promise<void> {
    return this.dataSource.transaction((manager) => settleFindings(manager, page, findings, kinds));
  }

  /** The newest first. `scope` bounds a viewer by `f.department_id` and `f.region`. */
  async list(scope: MatterScope, open: boolean, limit = 500): Promise<WireSiteFinding[]> {
    const found = await rows<Omit<WireSiteFinding, 'foundAt' | 'seenAt' | 'resolvedAt'> & { foundAt: Date; seenAt: Date; resolvedAt: Date | null }>(
      this.dataSource,
      `select f.id, f.source_name as "sourceName", f.url, f.kind, f.sentence, f.content_hash as "contentHash", f.department_id as "departmentId",
         p.name as "departmentName", f.found_at as "foundAt", f.seen_at as "seenAt", f.resolved_at as "resolvedAt",
         exists (select 1 from site_evidence e where e.finding_id = f.id and e.body is not null) as kept
       from (select s.*, '{}'::text[] as supporting, null::text as region from site_finding s) f left join department p on p.id = f.department_id
       where ${scope.sql} and (f.resolved_at is null) = $${scope.params.length + 1}::boolean order by f.id desc limit ${Math.trunc(limit)}`,
      [...scope.params, open],
    );
    return found.map((f) => ({ ...f, foundAt: beijingIso(f.foundAt), seenAt: beijingIso(f.seenAt), resolvedAt: f.resolvedAt && beijingIso(f.resolvedAt) }));
  }

  /** The page a finding was made on as WARC 1.1 (.warc.gz); null when there is no such finding in `scope`, or no page of it. */
  async warcOf(scope: MatterScope, id: string): Promise<Buffer | null> {
    const found = await row<Omit<ArchivedPage, 'url'> & { finalUrl: string; sentence: string }>(
      this.dataSource,
      `select e.final_url as "finalUrl", e.status, e.headers, e.body, e.fetched_at as "fetchedAt", f.sentence
       from (select s.*, '{}'::text[] as supporting, null::text as region from site_finding s) f join site_evidence e on e.finding_id = f.id
       where ${scope.sql} and f.id = $${scope.params.length + 1}::bigint and e.body is not null`,
      [...scope.params, id],
    );
    if (!found) return null;
    const { finalUrl, sentence, ...page } = found;
    const at = await readNow(this.dataSource);
    return writeWarc([{ ...page, url: finalUrl, body: gunzipSync(page.body) }], { software: 'huiying', title: `${sentence}, ${beijingText(at)}`, at });
  }
}

export async function settleFindings(
  manager: EntityManager,
  page: CheckedSitePage,
  findings: readonly SiteFinding[],
  kinds: readonly SiteFindingKind[],
): Promise<void> {
  const now = await readNow(manager);
  const { sourceName, url, departmentId, evidence } = page;
  const contentHash = evidence && createHash('sha256').update(evidence.body).digest('hex');
  for (const { kind, sentence } of findings) {
    const written = await row<{ id: string; fresh: boolean }>(
      manager,
      `insert into site_finding (source_name, url, kind, sentence, content_hash, department_id, found_at, seen_at)
       values ($1, $2, $3, $4, $5, (select id from department where id = $6), $7, $7)
       on conflict (source_name, url, kind) where resolved_at is null
       do update set seen_at = excluded.seen_at, sentence = excluded.sentence, content_hash = excluded.content_hash
       returning id, (xmax = 0) as fresh`,
      [sourceName, url, kind, cut(sentence, 1000), contentHash, departmentId, now],
    );
    if (written && evidence) await keep(manager, written.id, evidence, contentHash ?? '');
    if (written?.fresh) await tell(manager, page, written.id, { kind, sentence }, now);
  }
  await rows(
    manager,
    `update site_finding set resolved_at = $3 where source_name = $1 and url = $2 and resolved_at is null and kind = any($4) and not kind = any($5)`,
    [sourceName, url, now, kinds, findings.map((f) => f.kind)],
  );
}

/** The newest page that still shows the finding. */
async function keep(manager: EntityManager, id: string, page: ArchivedPage, sha256: string): Promise<void> {
  await rows(
    manager,
    `insert into site_evidence as e (finding_id, final_url, status, headers, body, size, sha256, fetched_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (finding_id) do update set final_url = excluded.final_url, status = excluded.status, headers = excluded.headers,
       body = excluded.body, size = excluded.size, sha256 = excluded.sha256, fetched_at = excluded.fetched_at where e.sha256 <> excluded.sha256`,
    [id, page.url, page.status, JSON.stringify(page.headers), gzipSync(page.body), page.body.length, sha256, page.fetchedAt],
  );
}

async function tell(manager: EntityManager, page: CheckedSitePage, id: string, finding: SiteFinding, now: Date): Promise<void> {
  await writeAlerts(
    manager,
    [
      {
        key: `site-finding:${id}`,
        kind: 'info',
        severity: finding.kind === 'sensitive' ? 'warning' : 'info',
        title: cut(`【网站检查·${KIND_NAMES[finding.kind]}】${page.sourceTitle}`, 200),
        body: `${finding.sentence}（${page.url}）`,
        caseId: null,
        clockId: null,
        rung: null,
        audience: [page.departmentId === null ? 'duty_officer' : 'department_contact'],
        departmentId: page.departmentId,
        receiptMinutes: null,
        instantAt: now,
      },
    ],
    now,
  );
}
