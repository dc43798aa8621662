import type { EvidenceKind } from './rule';

/** An official text that joined a case and waits to be confirmed as evidence. */
export interface WireEvidenceProposal {
  id: string;
  itemId: string;
  kind: EvidenceKind;
  /** Why this kind. */
  reason: string;
  title: string;
  url: string | null;
  sourceName: string;
  sourceTitle?: string;
  happenedAt: string;
  /** The rumour it answers; null when it denies nothing. */
  deniesTitle: string | null;
}
