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
export async function proposeSimilar(
  on: Querier,
  caseId: string,
  similar: readonly SimilarCase[],
  at: Date,
): Promise<void> {
  for (const { caseId: other, score, why } of similar) {
    if (other === caseId) continue;
    await rows(
      on,
      `insert into case_similar (low_id, high_id, score, shared, at)
       select least(a.id, b.id), greatest(a.id, b.id), $3::real, $4::text[], $5
       from case_file a, case_file b where a.id = $1 and b.id = $2
       on conflict (low_id, high_id) do update set score = excluded.score, shared = excluded.shared, at = excluded.at
       where case_similar.score < excluded.score`,
      [caseId, other, score, why, at],
    );
  }
}
