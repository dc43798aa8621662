import type { SourceFindingKind } from './source-health';
import type { WireSource } from './wire';

/** A dry run: of an address, about which nothing is known, or of a whole definition as in config/sources. */
export type ProbeRequest = { url: string } | { definition: Record<string, unknown> };

export type ProbeKind = 'feed' | 'json' | 'sitemap' | 'html-list' | 'article';

/** One entry as it would come in. */
export interface ProbeItem {
  title: string;
  url: string | null;
  /** ISO 8601, Beijing; null: not readable, never guessed. */
  publishedAt: string | null;
  /** False: without hour or zone, or relative; starts no term. */
  certain: boolean;
  /** Later than now: kept as stated, starts no term. */
  future: boolean;
  text: string;
}

export interface ProbeAnswer {
  /** Why nothing could be read, in Chinese; null: it could. */
  fault: string | null;
  /** How it was fetched. */
  fetched: {
    url: string;
    /** 允许, or what robots.txt says. */
    robots: string;
    crawlDelaySeconds: number;
    charset: string | null;
    contentType: string | null;
    bytes: number | null;
    /** The server can answer 「未变」. */
    conditional: boolean;
    milliseconds: number;
  } | null;
  kind: ProbeKind | null;
  /** Why it is held for that. */
  kindReason: string;
  /** A definition to begin with: all but name and title; null where none can be made. */
  definition: Record<string, unknown> | null;
  /** What was proposed, each with its reason. */
  proposals: { what: string; value: string; why: string }[];
  /** A feed that a page names for itself. */
  feeds: { url: string; title: string }[];
  items: ProbeItem[];
  /** Entries of the document; items are the first of them. */
  entries: number;
  warnings: string[];
}

/** A source with what it has done day by day. */
export interface WireSourceDetail {
  source: WireSource;
  /** As in config/sources. */
  definition: Record<string, unknown>;
  /** Where it stands: only those of the database can be changed here. */
  origin: 'config' | 'database';
  changedAt: string | null;
  changedBy: string | null;
  /** The last 14 Beijing days, the oldest first. */
  days: { day: string; fetches: number; failures: number; notModified: number; items: number }[];
  /** The last findings, ended ones too, the newest first. */
  incidents: { kind: SourceFindingKind; sentence: string; openedAt: string; endedAt: string | null }[];
}
