import type { UnitSeat } from './case-way';
import { type Action, boundToDepartment, mayDo } from './rights';

/** What may be drafted here: what goes out to the public, and the papers that settle a matter. */
export const DRAFT_KINDS = ['release', 'clarification', 'plan', 'settlement'] as const;
export type DraftKind = (typeof DRAFT_KINDS)[number];

/** 三审: three reviews by three people, in this order. */
export const REVIEW_STAGES = ['first', 'second', 'final'] as const;
export type ReviewStage = (typeof REVIEW_STAGES)[number];
export const STAGE_NAMES: Record<ReviewStage, string> = { first: '初审', second: '复审', final: '终审' };
export const STAGE_RIGHT: Record<ReviewStage, Action> = { first: 'draft.first', second: 'draft.second', final: 'draft.final' };

/** One review of one version; people are told apart by their user name. */
export interface DraftReview {
  version: number;
  stage: ReviewStage;
  passed: boolean;
  reviewer: string;
}

/** A draft as far as its reviews need it. */
export interface DraftState {
  /** The latest version: only it is reviewed. */
  version: number;
  /** Who wrote that version. */
  author: string;
  reviews: readonly DraftReview[];
  withdrawn: boolean;
  /** It went out and is registered as evidence. */
  registered: boolean;
}

export type DraftStanding = 'reviewing' | 'rejected' | 'passed' | 'registered' | 'withdrawn';

/** Where the latest version stands. Reviews of earlier versions count for nothing: a change starts them anew. */
export function draftStanding(d: DraftState): { standing: DraftStanding; next: ReviewStage | null } {
  if (d.registered) return { standing: 'registered', next: null };
  if (d.withdrawn) return { standing: 'withdrawn', next: null };
  const own = d.reviews.filter((r) => r.version === d.version);
  if (own.some((r) => !r.passed)) return { standing: 'rejected', next: null };
  const next = REVIEW_STAGES.find((stage) => !own.some((r) => r.stage === stage)) ?? null;
  return { standing: next === null ? 'passed' : 'reviewing', next };
}

export type ReviewPlan = { ok: true } | { ok: false; kind: 'forbidden' | 'conflict'; reason: string };

/** Whether a person may review this version at this stage now. */
export function planReview(
  d: DraftState,
  asked: { version: number; stage: ReviewStage; passed: boolean },
  by: { username: string; role: UnitSeat['role']; part: UnitSeat['part'] },
): ReviewPlan {
  const { standing, next } = draftStanding(d);
  if (next === null) return conflict(ENDED[standing as Exclude<DraftStanding, 'reviewing'>]);
  if (asked.version !== d.version) return conflict(`稿件已有第 ${d.version} 版，请审核最新一版`);
  if (asked.stage !== next) return conflict(`第 ${d.version} 版现在等待${STAGE_NAMES[next]}，不能${STAGE_NAMES[asked.stage]}`);
  if (!mayDo(by.role, STAGE_RIGHT[next])) return forbidden(`您的角色不能${STAGE_NAMES[next]}`);
  if (next === 'final' && boundToDepartment(by.role) && by.part !== 'lead') {
    return forbidden('终审由主办单位（第一责任主体）负责人或领导进行');
  }
  if (by.username === d.author) return conflict(`您是第 ${d.version} 版的起草人，不能审核自己起草的稿件`);
  const before = d.reviews.find((r) => r.version === d.version && r.reviewer === by.username);
  if (before) return conflict(`您已${STAGE_NAMES[before.stage]}本版，三审须由三个不同的人进行，请由他人${STAGE_NAMES[next]}`);
  return { ok: true };
}

const ENDED: Record<Exclude<DraftStanding, 'reviewing'>, string> = {
  rejected: '这一版已被退改，请修改后重新送审',
  passed: '稿件已通过终审，无须再审',
  registered: '稿件已发布并登记',
  withdrawn: '稿件已撤回',
};

function conflict(reason: string): ReviewPlan {
  return { ok: false, kind: 'conflict', reason };
}

function forbidden(reason: string): ReviewPlan {
  return { ok: false, kind: 'forbidden', reason };
}

/** The text whose hash stands in the evidence: title and body, as they were reviewed. */
export function draftText(v: { title: string; body: string }): string {
  return `${v.title}\n${v.body}`;
}
