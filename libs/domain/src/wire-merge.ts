/** Another case as the merge list of a case names it. */
export interface WireMergedCase {
  id: string;
  code: string;
  title: string;
  detectedAt: string;
}

/** An open case that may be about the same event. */
export interface WireSimilarCase extends WireMergedCase {
  state: string;
  itemCount: number;
  /** 0…1. */
  score: number;
  /** Words, numbers and places that both name. */
  shared: string[];
}

/** What stands around a case: candidates to merge, what was merged into it, and what it was merged into. */
export interface WireMergeView {
  similar: WireSimilarCase[];
  merged: WireMergedCase[];
  mergedInto: WireMergedCase | null;
}
