import { type Action, boundToDepartment, mayDo } from './rights';
import type { EvidenceKind } from './rule';
import type { CaseState, Role } from './wire';

/**
 * The way of a case (办理流程) as one table: which action leads from which states to which state.
 * `to: null` leaves the state as it is. What is not in the table is refused with a reason.
 */
export const CASE_ACTIONS = [
  'confirm', // 研判
  'assign', // 交办
  'support', // 补充交办
  'relieve', // 解除协办
  'sign-for', // 签收
  'return', // 退回
  'begin', // 开始办理
  'reply', // 部门答复
  'evidence', // 登记回应; the state it leads to depends on the kind, see stateAfterEvidence
  'draft', // 起草与三审
  'override', // 改判
  'transfer', // 转上级、转办
  'close', // 办结
  'archive', // 归档
  'reject', // 不予受理
  'reopen', // 重新办理
  'clock', // 中止、恢复、延长时限
] as const;
export type CaseAction = (typeof CASE_ACTIONS)[number];

export const ACTION_NAMES: Record<CaseAction, string> = {
  confirm: '研判',
  assign: '交办',
  support: '补充交办',
  relieve: '解除协办',
  'sign-for': '签收',
  return: '退回',
  begin: '开始办理',
  reply: '提交部门答复',
  evidence: '登记回应',
  draft: '起草或审核发布稿',
  override: '改判',
  transfer: '转上级或转办',
  close: '办结',
  archive: '归档',
  reject: '不予受理',
  reopen: '重新办理',
  clock: '调整时限',
};

interface Step {
  from: readonly CaseState[];
  to: CaseState | null;
}

const RUNNING: readonly CaseState[] = ['待研判', '已研判', '已交办', '已签收', '办理中', '已回应'];
const WITH_UNIT: readonly CaseState[] = ['已交办', '已签收', '办理中', '已回应'];

export const CASE_WAY: Record<CaseAction, Step> = {
  confirm: { from: ['待研判'], to: '已研判' },
  // A case may be handed on at any time while it runs: the new unit signs for it again.
  assign: { from: RUNNING, to: '已交办' },
  // Supporting units join a case that has its 第一责任主体; the case itself stays where it is.
  support: { from: WITH_UNIT, to: null },
  relieve: { from: ['已研判', ...WITH_UNIT], to: null },
  // A response may be registered before the unit has signed: the receipt is still owed, its clock still runs. In 已研判
  // (the leading unit gave it back) the supporting ones still sign for their part.
  'sign-for': { from: ['已研判', ...WITH_UNIT], to: '已签收' },
  // What has been answered in public is answered: it is handed on by 交办, not given back.
  return: { from: ['已研判', '已交办', '已签收', '办理中'], to: '已研判' },
  begin: { from: ['已签收'], to: '办理中' },
  reply: { from: ['已研判', ...WITH_UNIT], to: null },
  // Also after 办结: results are fed back, and a release that was held in time may be entered late. What was handed to
  // another authority ends with the result that comes back.
  evidence: { from: [...RUNNING, '已转办', '已办结'], to: null },
  draft: { from: [...RUNNING, '已办结'], to: null },
  override: { from: RUNNING, to: null },
  // What has been answered here is not another authority's any more.
  transfer: { from: ['待研判', '已研判', '已交办', '已签收', '办理中'], to: '已转办' },
  close: { from: WITH_UNIT, to: '已办结' },
  archive: { from: ['已办结', '不予受理'], to: '已归档' },
  // What was handed to a unit is answered, never dropped.
  reject: { from: ['待研判', '已研判'], to: '不予受理' },
  // A matter that flares up again, was dropped by mistake, or comes back from the authority it went to.
  reopen: { from: ['已转办', '已办结', '已归档', '不予受理'], to: '已研判' },
  clock: { from: RUNNING, to: null },
};

export type WayResult = { ok: true; to: CaseState } | { ok: false; reason: string };

/** Where an action leads, or why it is refused (中文, shown to the person). */
export function planTransition(state: CaseState, action: CaseAction): WayResult {
  const step = CASE_WAY[action];
  if (step.from.includes(state)) {
    const back = action === 'sign-for' && (state === '已研判' || PROGRESS[state] > PROGRESS['已签收']);
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
  已转办: 6,
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
  // What became of a matter that went to another authority: with its feedback it is done here.
  if (state === '已转办') return kind === 'feedback' ? '已办结' : state;
  const to = LEADS_TO[kind];
  return to !== undefined && PROGRESS[to] > PROGRESS[state] ? to : state;
}

/** Why nobody can sign for the case (any more), or null. `waiting`: a term that a receipt meets still runs. */
export function signForFault(state: CaseState, waiting: boolean): string | null {
  const way = planTransition(state, 'sign-for');
  if (!way.ok) return way.reason;
  return waiting || state === '已交办' ? null : '事件没有待签收的时限，无须再签收';
}

/** 主办 (第一责任主体) or 协办: a unit's part in a case. */
export const CASE_PARTS = ['lead', 'supporting'] as const;
export type CasePart = (typeof CASE_PARTS)[number];
export const PART_NAMES: Record<CasePart, string> = { lead: '主办', supporting: '协办' };

/** Who sits at the desk: the role, and the part of the person's own unit in the case. */
export interface UnitSeat {
  role: Role;
  part: CasePart | null;
}

/** The right that each action needs; what remains is decided by state and part. */
export const ACTION_RIGHT: Record<Exclude<CaseAction, 'clock' | 'draft'>, Action> = {
  confirm: 'case.override',
  assign: 'case.assign',
  support: 'case.assign',
  relieve: 'case.assign',
  'sign-for': 'case.sign-for',
  return: 'case.return',
  begin: 'case.sign-for',
  reply: 'case.reply',
  evidence: 'case.evidence',
  override: 'case.override',
  transfer: 'case.transfer',
  close: 'case.close',
  archive: 'case.close',
  reject: 'case.reject',
  reopen: 'case.reopen',
};

/** What only the 第一责任主体 does of a case, where a person of a department does it. */
const LEAD_ALONE: readonly CaseAction[] = ['begin', 'close', 'archive'];

/** Why a person of a department may not take this action for the case as a whole, or null. `part`: of their own unit. */
export function partFault(role: Role, part: CasePart | null, action: CaseAction): string | null {
  if (!boundToDepartment(role) || part === 'lead' || !LEAD_ALONE.includes(action)) return null;
  return `${ACTION_NAMES[action]}由主办单位（第一责任主体）或值班人员进行，协办单位请提交本单位的答复`;
}

export type ActResult = { ok: true; to: CaseState } | { ok: false; kind: 'right' | 'state'; reason: string };

/** The whole guard of an action as one table cell: role, the unit's part, state. */
export function planAct(state: CaseState, action: keyof typeof ACTION_RIGHT, role: Role, part: CasePart | null): ActResult {
  if (!mayDo(role, ACTION_RIGHT[action])) return { ok: false, kind: 'right', reason: '您的角色没有此项权限' };
  const fault = partFault(role, part, action);
  if (fault !== null) return { ok: false, kind: 'right', reason: fault };
  const way = planTransition(state, action);
  return way.ok ? way : { ok: false, kind: 'state', reason: way.reason };
}

/** States in which no duty to answer runs here any more; of 已转办 only what became of it is still owed. */
export function isEnded(state: CaseState): boolean {
  return state === '已转办' || state === '已办结' || state === '已归档' || state === '不予受理';
}
