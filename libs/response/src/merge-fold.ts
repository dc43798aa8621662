import { isLateDetection, type CaseState, type Label } from '@app/domain';
import { foldLabel } from './case-grade';
import type { CaseRow } from './case-row';

/** The columns of a case that a merge may change; all of them are kept in the event, so that it can be undone. */
export const FOLDED = {
  level: 'level',
  emergency: 'emergency',
  grade: 'grade',
  category: 'category',
  dead: 'dead',
  injured: 'injured',
  needsReview: 'needs_review',
  caseClass: 'case_class',
  happenedAt: 'happened_at',
  firstPublicAt: 'first_public_at',
  lateDetection: 'late_detection',
  circumstances: 'circumstances',
  region: 'region',
  state: 'state',
  departmentId: 'department_id',
  confirmedAt: 'confirmed_at',
  assignedAt: 'assigned_at',
  signedAt: 'signed_at',
} as const satisfies Partial<Record<keyof CaseRow, string>>;

export type FoldedKey = keyof typeof FOLDED;
export const FOLDED_KEYS = Object.keys(FOLDED) as FoldedKey[];

const UNASSIGNED: readonly CaseState[] = ['待研判', '已研判'];

/**
 * The surviving case with what the merged one knows more. It is the one detected first, so none of its anchors moves
 * to later: labels are the highest of both (codebook 5), earlier instants win, and where only the merged case has been
 * handed to a unit, the survivor takes over unit and state. `caseClass` is left to the caller, which starts its duties.
 */
export function foldCase(survivor: CaseRow, merged: CaseRow, shortestMs: number | null): CaseRow {
  const labels = foldLabel(survivor, labelOf(merged));
  const firstPublicAt = earlier(survivor.firstPublicAt, merged.firstPublicAt);
  const takesUnit = UNASSIGNED.includes(survivor.state) && !UNASSIGNED.includes(merged.state);
  const unit = takesUnit
    ? {
        state: merged.state,
        departmentId: merged.departmentId,
        assignedAt: merged.assignedAt,
        signedAt: merged.signedAt,
      }
    : {};
  return {
    ...survivor,
    ...labels,
    firstPublicAt,
    happenedAt: earlier(survivor.happenedAt, merged.happenedAt),
    lateDetection: survivor.lateDetection || isLateDetection(firstPublicAt, survivor.detectedAt, shortestMs),
    circumstances: [...new Set([...survivor.circumstances, ...merged.circumstances])],
    region: survivor.region ?? merged.region,
    confirmedAt: earlier(survivor.confirmedAt, merged.confirmedAt),
    ...unit,
  };
}

/** The one detected first, whose terms began first, survives; of two at the same instant the one opened first. */
export function inOrderOfDetection(a: CaseRow, b: CaseRow): [CaseRow, CaseRow] {
  const byTime = a.detectedAt.getTime() - b.detectedAt.getTime();
  return byTime < 0 || (byTime === 0 && BigInt(a.id) < BigInt(b.id)) ? [a, b] : [b, a];
}

export function foldedValues(c: CaseRow): Record<FoldedKey, unknown> {
  return Object.fromEntries(FOLDED_KEYS.map((k) => [k, c[k]])) as Record<FoldedKey, unknown>;
}

function labelOf(c: CaseRow): Label {
  const { level, emergency, grade, category, topic, dead, injured, needsReview } = c;
  return {
    ...{ level, emergency, grade, category, topic, dead, injured, needsReview },
    ...{ relevant: true, rules: [], score: 1, reasons: [] },
  };
}

function earlier(a: Date | null, b: Date | null): Date | null {
  return a === null ? b : b === null || a.getTime() <= b.getTime() ? a : b;
}
