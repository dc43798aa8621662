import { rows, type Querier } from '@app/storage';

/** Another case that clustering holds for the same event. */
export interface SimilarCase {
  caseId: string;
  /** 0…1. */
  score: number;
  /** Words, numbers and places that both name. */
  why: readonly string[];
}

/** Keeps pairs of cases as candidates to merge; of a pair that is known the higher score stays. */
export async function proposeSimilar(on: Querier, caseId: string, similar: readonly SimilarCase[], at: Date): Promise<void> {
  await proposeSimilarOf(
    on,
    similar.map((s) => ({ ...s, of: caseId })),
    at,
  );
}

/** The same for several cases. */
export async function proposeSimilarOf(on: Querier, pairs: readonly (SimilarCase & { of: string })[], at: Date): Promise<void> {
  const best = new Map<string, SimilarCase & { of: string }>();
  for (const pair of pairs) {
    const key = [pair.of, pair.caseId].sort().join(' ');
    if (pair.of !== pair.caseId && pair.score > (best.get(key)?.score ?? -1)) best.set(key, pair);
  }
  if (best.size === 0) return;
  await rows(
    on,
    `insert into case_similar (low_id, high_id, score, shared, at)
     select least(a.id, b.id), greatest(a.id, b.id), s.score, array(select jsonb_array_elements_text(s.why)), $2
     from jsonb_to_recordset($1::jsonb) as s(of bigint, other bigint, score real, why jsonb)
     join case_file a on a.id = s.of join case_file b on b.id = s.other
     order by 1, 2
     on conflict (low_id, high_id) do update set score = excluded.score, shared = excluded.shared, at = excluded.at
     where case_similar.score < excluded.score`,
    [JSON.stringify([...best.values()].map(({ of, caseId, score, why }) => ({ of, other: caseId, score, why }))), at],
  );
}
