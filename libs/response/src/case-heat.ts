import { row, rows, type Querier } from '@app/storage';

/** From how many independent sources within how many hours a case is raised by heat alone (codebook 5). */
export interface Heat {
  sources: number;
  hours: number;
}

/** The government's own notices are no heat; ten reports of one source are one source. */
export async function isHot(on: Querier, caseId: string, itemId: string, heat: Heat, at: Date): Promise<boolean> {
  const found = await row<{ n: number }>(
    on,
    `select count(distinct source_name)::int as n from item
     where (case_id = $1 or id = $2) and not official and relevant and fetched_at > $3::timestamptz - make_interval(hours => $4)`,
    [caseId, itemId, at, heat.hours],
  );
  return (found?.n ?? 0) >= heat.sources;
}

/** The sources whose relevant reports of the last hours a case has, for several cases. */
export async function warmSources(on: Querier, caseIds: readonly string[], heat: Heat, at: Date): Promise<Map<string, Set<string>>> {
  const found = await rows<{ caseId: string; sources: string[] }>(
    on,
    `select case_id as "caseId", array_agg(distinct source_name) as sources from item
     where case_id = any($1::bigint[]) and not official and relevant and fetched_at > $2::timestamptz - make_interval(hours => $3)
     group by case_id`,
    [caseIds, at, heat.hours],
  );
  return new Map(found.map((f) => [f.caseId, new Set(f.sources)]));
}
