import { Injectable } from '@nestjs/common';
import { beijingIso, SITE_FINDING_KINDS, type SiteFinding, type SiteFindingKind, type WireSiteFinding } from '@app/domain';
import { readNow, row, rows } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import type { MatterScope } from './matter-board.service';
import { writeAlerts } from './outbox';

/** A page of a watched site as it was just checked. */
export interface CheckedSitePage {
  sourceName: string;
  sourceTitle: string;
  departmentId: string | null;
  url: string;
  contentHash: string | null;
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
         p.name as "departmentName", f.found_at as "foundAt", f.seen_at as "seenAt", f.resolved_at as "resolvedAt"
       from (select s.*, '{}'::text[] as supporting, null::text as region from site_finding s) f left join department p on p.id = f.department_id
       where ${scope.sql} and (f.resolved_at is null) = $${scope.params.length + 1}::boolean order by f.id desc limit ${Math.trunc(limit)}`,
      [...scope.params, open],
    );
    return found.map((f) => ({ ...f, foundAt: beijingIso(f.foundAt), seenAt: beijingIso(f.seenAt), resolvedAt: f.resolvedAt && beijingIso(f.resolvedAt) }));
  }
}

export async function settleFindings(
  manager: EntityManager,
  page: CheckedSitePage,
  findings: readonly SiteFinding[],
  kinds: readonly SiteFindingKind[],
): Promise<void> {
  const now = await readNow(manager);
  const { sourceName, url, contentHash, departmentId } = page;
  for (const { kind, sentence } of findings) {
    const written = await row<{ id: string; fresh: boolean }>(
      manager,
      `insert into site_finding (source_name, url, kind, sentence, content_hash, department_id, found_at, seen_at)
       values ($1, $2, $3, $4, $5, (select id from department where id = $6), $7, $7)
       on conflict (source_name, url, kind) where resolved_at is null
       do update set seen_at = excluded.seen_at, sentence = excluded.sentence, content_hash = excluded.content_hash
       returning id, (xmax = 0) as fresh`,
      [sourceName, url, kind, sentence.slice(0, 1000), contentHash, departmentId, now],
    );
    if (written?.fresh) await tell(manager, page, written.id, { kind, sentence }, now);
  }
  await rows(
    manager,
    `update site_finding set resolved_at = $3 where source_name = $1 and url = $2 and resolved_at is null and kind = any($4) and not kind = any($5)`,
    [sourceName, url, now, kinds, findings.map((f) => f.kind)],
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
        title: `【网站检查·${KIND_NAMES[finding.kind]}】${page.sourceTitle}`.slice(0, 200),
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
