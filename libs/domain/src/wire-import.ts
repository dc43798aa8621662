/** The fields of an item that a column of a table can be. */
export const IMPORT_FIELDS = ['title', 'text', 'publishedAt', 'region', 'url', 'guid'] as const;
export type ImportField = (typeof IMPORT_FIELDS)[number];

/** Under which heading each field stands; null: in no column. */
export type ImportColumns = Record<ImportField, string | null>;

export interface WireImportFault {
  /** Of the file, counted from 1. */
  row: number;
  reason: string;
}

/** What a table would bring in, before it does. */
export interface WireImportPreview {
  mappings: { id: string; title: string; /** 转办: feedback is owed for each row. */ handedOn: boolean }[];
  /** The one that was asked for, else the one that fits the headings best. */
  mapping: string;
  headings: string[];
  columns: ImportColumns;
  /** Rows that would come in; rows that repeat another one's number; rows that cannot be read. */
  good: number;
  repeated: number;
  bad: number;
  /** The first of them. */
  faults: WireImportFault[];
  /** The first of the good ones, masked. */
  rows: { row: number; title: string; text: string; url: string | null; region: string | null; publishedAt: string | null }[];
}

export interface WireImportDone {
  taken: number;
  /** Handed in before, or twice in the file. */
  duplicate: number;
  bad: number;
  faults: WireImportFault[];
}
