import type { Label } from './label';

/** One thing read from a source (舆情): a report, post, message or notice. */
export interface Item {
  id: string;
  sourceName: string;
  /** The source's own id of the entry, else its URL. Unique within the source. */
  guid: string;
  url: string | null;
  title: string;
  text: string;
  /** Never guessed: unreadable → null and certain false. */
  publishedAt: Date | null;
  publishedCertain: boolean;
  fetchedAt: Date;
  /** SHA-256 of title and text after normalisation, hex. */
  contentHash: string;
  label: Label;
  classifierVersion: string;
  caseId: string | null;
  /** The government's own voice. */
  official: boolean;
  /** From the demonstration source. */
  demo: boolean;
  region: string | null;
}
