import { row, type Querier } from '@app/storage';

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
