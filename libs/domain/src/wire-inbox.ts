/** What is handed in from outside: by a monitoring vendor, a file, or a person. */
export interface HandedEntry {
  title: string;
  text: string;
  url: string | null;
  /** ISO 8601 with offset; null when unknown. Never guessed. */
  publishedAt: string | null;
  /** False for a time without hour or zone: never a clock's anchor then. */
  certain: boolean;
  region: string | null;
  /** Of a platform of questions to the government or a superior authority: its feedback is owed (转办). */
  handedOnBy: 'superior' | 'platform' | null;
  /** Where a person read it, as it is shown. */
  sourceTitle: string | null;
}

/** A screenshot that was handed in with an item. */
export interface WireFile {
  id: string;
  name: string;
  mediaType: string;
  bytes: number;
  /** Of the bytes, hex. */
  sha256: string;
  addedBy: string;
}

/** What became of it. */
export interface WireHanded {
  inboxId: string;
  guid: string;
  state: 'waiting' | 'stored' | 'refused';
  /** It had been handed in before; nothing was done again. */
  duplicate: boolean;
  itemId: string | null;
  caseId: string | null;
  reason: string | null;
  receivedAt: string;
}
