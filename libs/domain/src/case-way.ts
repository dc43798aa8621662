import type { EvidenceKind } from './rule';
import type { CaseState } from './wire';

/**
 * The way of a case (办理流程) as one table: which action leads from which states to which state.
 * `to: null` leaves the state as it is. What is not in the table is refused with a reason.
 */
export const CASE_ACTIONS = [
  'confirm', // 研判
  'assign', // 交办
  'sign-for', // 签收
  'begin', // 开始办理
  'evidence', // 登记回应; the state it leads to depends on the kind, see stateAfterEvidence
  'override', // 改判
  'close', // 办结
  'archive', // 归档
  'reject', // 不予受理
  'clock', // 中止、恢复、延长时限
] as const;
export type CaseAction = (typeof CASE_ACTIONS)[number];

export const ACTION_NAMES: Record<CaseAction, string> = {
  confirm: '研判',
  assign: '交办',
  'sign-for': '签收',
  begin: '开始办理',
  evidence: '登记回应',
  override: '改判',
  close: '办结',
  archive: '归档',
  reject: '不予受理',
  clock: '调整时限',
};

interface Step {
  from: readonly CaseState[];
  to: CaseState | null;
}

const RUNNING: readonly CaseState[] = ['待研判', '已研判', '已交办', '已签收', '办理中', '已回应'];

export const CASE_WAY: Record<CaseAction, Step> = {
  confirm: { from: ['待研判'], to: '已研判' },
  // A case may be handed on at any time while it runs: the new unit signs for it again.
  assign: { from: RUNNING, to: '已交办' },
  // A response may be registered before the unit has signed: the receipt is still owed, its clock still runs.
  'sign-for': { from: ['已交办', '已签收', '办理中', '已回应'], to: '已签收' },
  begin: { from: ['已签收'], to: '办理中' },
  // Also after 办结: results are fed back, and a release that was held in time may be entered late.
  evidence: { from: [...RUNNING, '已办结'], to: null },
  override: { from: RUNNING, to: null },
  close: { from: ['已交办', '已签收', '办理中', '已回应'], to: '已办结' },
  archive: { from: ['已办结', '不予受理'], to: '已归档' },
  // What was handed to a unit is answered, never dropped.
  reject: { from: ['待研判', '已研判'], to: '不予受理' },
  clock: { from: RUNNING, to: null },
};

export type WayResult = { ok: true; to: CaseState } | { ok: false; reason: string };

/** Where an action leads, or why it is refused (中文, shown to the person). */
export function planTransition(state: CaseState, action: CaseAction): WayResult {
  const step = CASE_WAY[action];
  if (step.from.includes(state)) {
    const back = action === 'sign-for' && PROGRESS[state] > PROGRESS['已签收'];
    return { ok: true, to: back ? state : (step.to ?? state) };
  }
  return {
    ok: false,
    reason: `事件当前状态为“${state}”，不能${ACTION_NAMES[action]}；可以${ACTION_NAMES[action]}的状态：${step.from.join('、')}`,
  };
}

/** How far along the way a state is; a registered response never leads back. */
const PROGRESS: Record<CaseState, number> = {
  待研判: 0,
  已研判: 1,
  已交办: 2,
  已签收: 3,
  办理中: 4,
  已回应: 5,
  已办结: 6,
  已归档: 7,
  不予受理: 6,
};

const LEADS_TO: Partial<Record<EvidenceKind, CaseState>> = {
  plan: '办理中',
  release: '已回应',
  'press-conference': '已回应',
  clarification: '已回应',
  settlement: '已办结',
};

/** The state after a registered response. A receipt only moves a case that was handed over. */
export function stateAfterEvidence(state: CaseState, kind: EvidenceKind): CaseState {
  if (kind === 'receipt') return state === '已交办' ? '已签收' : state;
  const to = LEADS_TO[kind];
  return to !== undefined && PROGRESS[to] > PROGRESS[state] ? to : state;
}

/** Why nobody can sign for the case (any more), or null. `waiting`: a term that a receipt meets still runs. */
export function signForFault(state: CaseState, waiting: boolean): string | null {
  const way = planTransition(state, 'sign-for');
  if (!way.ok) return way.reason;
  return waiting || state === '已交办' ? null : '事件没有待签收的时限，无须再签收';
}

/** States in which nothing runs any more. */
export function isEnded(state: CaseState): boolean {
  return state === '已办结' || state === '已归档' || state === '不予受理';
}
