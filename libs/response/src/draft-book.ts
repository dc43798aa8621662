import { createHash } from 'node:crypto';
import {
  beijingIso,
  type DraftKind,
  type DraftState,
  draftStanding,
  draftText,
  type WireDraft,
  type WireDraftReview,
  type WireDraftVersion,
} from '@app/domain';
import { rows, type Querier } from '@app/storage';

/** A draft with everything that was ever written and said of it. */
export interface Draft {
  id: string;
  caseId: string;
  kind: DraftKind;
  createdAt: Date;
  evidenceId: string | null;
  withdrawnAt: Date | null;
  withdrawReason: string | null;
  versions: (Omit<WireDraftVersion, 'at'> & { at: string })[];
  reviews: WireDraftReview[];
}

/** Drafts of a case and of those merged into it, the newest first. @param lock for a change: the rows are held */
export async function loadDrafts(on: Querier, caseId: string, draftId: string | null = null, lock = false): Promise<Draft[]> {
  const found = await rows<Omit<Draft, 'versions' | 'reviews'>>(
    on,
    `select id, case_id as "caseId", kind, created_at as "createdAt", evidence_id as "evidenceId", withdrawn_at as "withdrawnAt",
       withdraw_reason as "withdrawReason"
     from release_draft where (case_id = $1 or case_id in (select id from case_file where merged_into = $1))
       and ($2::bigint is null or id = $2) order by id desc ${lock ? 'for update' : ''}`,
    [caseId, draftId],
  );
  const ids = found.map((d) => d.id);
  const versions = await rows<WireDraftVersion & { draftId: string; at: Date }>(
    on,
    `select draft_id as "draftId", version, title, body, note, author, author_name as "authorName", at
     from draft_version where draft_id = any($1::bigint[]) order by draft_id, version`,
    [ids],
  );
  const reviews = await rows<WireDraftReview & { draftId: string; at: Date }>(
    on,
    `select draft_id as "draftId", version, stage, passed, comment, reviewer, reviewer_name as "reviewerName", at
     from draft_review where draft_id = any($1::bigint[]) order by at, version`,
    [ids],
  );
  const of = <T extends { draftId: string; at: Date }>(list: T[], id: string) =>
    list.filter((x) => x.draftId === id).map(({ draftId: _, at, ...rest }) => ({ ...rest, at: beijingIso(at) }));
  return found.map((d) => ({ ...d, versions: of(versions, d.id), reviews: of(reviews, d.id) }));
}

/** The latest version: the one that is reviewed, and that goes out. */
export function latestOf(d: Draft): WireDraftVersion {
  const last = d.versions.at(-1);
  if (!last) throw new Error(`draft ${d.id} has no version`);
  return last;
}

export function stateOf(d: Draft): DraftState {
  const { version, author } = latestOf(d);
  return { version, author, reviews: d.reviews, withdrawn: d.withdrawnAt !== null, registered: d.evidenceId !== null };
}

/** SHA-256, hex, of the text that was reviewed. */
export function hashOf(v: Pick<WireDraftVersion, 'title' | 'body'>): string {
  return createHash('sha256').update(draftText(v)).digest('hex');
}

export function toWireDraft(d: Draft): WireDraft {
  const { id, caseId, kind, versions, reviews, evidenceId, withdrawReason } = d;
  const contentHash = hashOf(latestOf(d));
  return { id, caseId, kind, ...draftStanding(stateOf(d)), createdAt: beijingIso(d.createdAt), versions, reviews, evidenceId, withdrawReason, contentHash };
}
