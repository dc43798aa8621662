import type { DraftKind, DraftStanding, ReviewStage } from './draft-review';

/** A draft with all its versions and reviews. Not masked: it is the staff's own text, meant for the public. */
export interface WireDraft {
  id: string;
  caseId: string;
  kind: DraftKind;
  standing: DraftStanding;
  /** The review that the latest version waits for; null: none. */
  next: ReviewStage | null;
  createdAt: string;
  /** The oldest first. */
  versions: WireDraftVersion[];
  reviews: WireDraftReview[];
  evidenceId: string | null;
  withdrawReason: string | null;
  /** SHA-256 of the latest version's title, newline, body: stands in the evidence once it is registered. */
  contentHash: string;
}

export interface WireDraftVersion {
  version: number;
  title: string;
  body: string;
  note: string;
  author: string;
  authorName: string;
  at: string;
}

export interface WireDraftReview {
  version: number;
  stage: ReviewStage;
  passed: boolean;
  comment: string;
  reviewer: string;
  reviewerName: string;
  at: string;
}
