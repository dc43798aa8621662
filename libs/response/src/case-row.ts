import type { CaseClass, CaseState, Category, Circumstance, DepartmentProposal, Grade, Level, Topic, TransferKind, Trigger, WirePlace } from '@app/domain';

/** case_file as read by this room; `CASE_COLUMNS` gives these names. */
export interface CaseRow {
  id: string;
  code: string;
  title: string;
  summary: string;
  level: Level;
  caseClass: CaseClass;
  emergency: boolean;
  grade: Grade | null;
  category: Category | null;
  topic: Topic;
  region: string | null;
  place: WirePlace | null;
  proposal: DepartmentProposal[];
  state: CaseState;
  departmentId: string | null;
  /** The supporting units (协办). */
  supporting: string[];
  dead: number | null;
  injured: number | null;
  needsReview: boolean;
  demo: boolean;
  happenedAt: Date | null;
  firstPublicAt: Date | null;
  detectedAt: Date;
  confirmedAt: Date | null;
  assignedAt: Date | null;
  signedAt: Date | null;
  closedAt: Date | null;
  /** Reopened after it was settled: the second round's duties run from here. */
  revivedAt: Date | null;
  transfer: CaseTransfer | null;
  lateDetection: boolean;
  itemCount: number;
  sourceCount: number;
  override: CaseOverride | null;
  circumstances: Circumstance[];
  version: string;
  openedAt: Date;
  /** What started it; null: a 舆情. */
  trigger: Trigger | null;
}

/** 转上级、转办 as it is kept with the case. */
export interface CaseTransfer {
  kind: TransferKind;
  to: string;
  reason: string;
  /** ISO 8601. */
  at: string;
  by: string;
}

/** What a person set by hand; it wins over the items' labels until set otherwise. */
export interface CaseOverride {
  level?: Level;
  emergency?: boolean;
  grade?: Grade | null;
  topic?: Topic;
}

export const CASE_COLUMNS = `f.id, f.code, f.title, f.summary, f.level, f.case_class as "caseClass", f.emergency, f.grade,
  f.category, f.topic, f.region, f.place, f.proposal, f.state, f.department_id as "departmentId", f.supporting, f.dead, f.injured,
  f.needs_review as "needsReview", f.demo, f.happened_at as "happenedAt", f.first_public_at as "firstPublicAt",
  f.detected_at as "detectedAt", f.confirmed_at as "confirmedAt", f.assigned_at as "assignedAt",
  f.signed_at as "signedAt", f.closed_at as "closedAt", f.revived_at as "revivedAt", f.transfer, f.late_detection as "lateDetection",
  f.item_count as "itemCount", f.source_count as "sourceCount", f.override, f.circumstances, f.version, f.opened_at as "openedAt", f.trigger`;
