import { boundToDepartment, mayDo, partFault, partOf, planTransition, type Action, type CaseAction, type EvidenceKind, type Role, type WireCase } from '@app/domain';
import { explain } from '../api';
import { archiveForm, assignForm, beginForm, closeForm, confirmForm, evidenceForm, overrideForm, rejectForm, signForForm, type ActionForm } from './action-form';
import { departments, loadDepartments } from './departments';
import { me } from './session';
import { reopenForm, replyForm, returnForm, supportForm, transferForm, unitOf } from './unit-form';

/** What a person may do with a case: the same on the board, on the case's page and in the department's view. */
export interface CaseAct {
  action: Exclude<CaseAction, 'clock'>;
  right: Action;
  text: string;
  key: string;
  /** Shown only in the states where it can be taken. */
  passing?: boolean;
  form: (of: WireCase, role: Role | undefined) => ActionForm;
}

export const ACTS: readonly CaseAct[] = [
  { action: 'confirm', right: 'case.override', text: '研判', key: 'y', passing: true, form: confirmForm },
  { action: 'assign', right: 'case.assign', text: '交办', key: 'a', form: (of) => assignForm(of, departments.value) },
  { action: 'support', right: 'case.assign', text: '补充交办', key: 'p', passing: true, form: (of) => supportForm(of, departments.value) },
  { action: 'sign-for', right: 'case.sign-for', text: '签收', key: 's', form: (of) => signForForm(of, unitOf(of, me.value)) },
  { action: 'return', right: 'case.return', text: '退回', key: 't', passing: true, form: (of) => returnForm(of, me.value) },
  { action: 'begin', right: 'case.sign-for', text: '开始办理', key: 'b', passing: true, form: beginForm },
  { action: 'evidence', right: 'case.evidence', text: '登记回应', key: 'e', form: (of, role) => evidenceForm(of, role, wantedKind(of)) },
  { action: 'reply', right: 'case.reply', text: '提交答复', key: 'd', passing: true, form: (of) => replyForm(of, unitOf(of, me.value)) },
  { action: 'override', right: 'case.override', text: '改判', key: 'o', form: overrideForm },
  { action: 'close', right: 'case.close', text: '办结', key: 'c', form: closeForm },
  { action: 'transfer', right: 'case.transfer', text: '转上级/转办', key: 'z', passing: true, form: transferForm },
  { action: 'reject', right: 'case.reject', text: '不予受理', key: 'x', form: rejectForm },
  { action: 'archive', right: 'case.close', text: '归档', key: 'v', passing: true, form: archiveForm },
  { action: 'reopen', right: 'case.reopen', text: '重新办理', key: 'n', passing: true, form: reopenForm },
];

/** What the next duty waits for, else the first of the late ones; a receipt is not registered but signed. */
function wantedKind(of: WireCase): EvidenceKind | undefined {
  return (of.nextUp ?? of.nearest)?.metByKinds.find((k) => k !== 'receipt');
}

/** Why an action cannot be taken now; null: it can. */
export function obstacleOf(act: CaseAct, c: WireCase | null, role: Role | undefined): string | null {
  if (!role || !c) return '正在载入';
  if (!mayDo(role, act.right)) return '您的角色不能进行此操作';
  const fault = partFault(role, partOf(me.value?.departmentId ?? null, c), act.action);
  if (fault !== null) return fault;
  const way = planTransition(c.state, act.action);
  if (!way.ok) return way.reason;
  return act.action === 'sign-for' ? nothingToSign(c) : null;
}

function nothingToSign(c: WireCase): string | null {
  const waiting = c.units.filter((u) => u.endedAt === null && (u.signedAt === null || u.receipt?.state === 'open'));
  const own = me.value?.departmentId;
  const mine = boundToDepartment(me.value?.role ?? 'auditor') ? waiting.filter((u) => u.departmentId === own) : waiting;
  return mine.length > 0 ? null : '没有待签收的单位，无须再签收';
}

/** The form of an action, or why there is none now. */
export async function formOf(act: CaseAct, c: WireCase | null, role: Role | undefined): Promise<ActionForm | string> {
  const why = obstacleOf(act, c, role);
  if (why !== null || c === null) return why ?? '正在载入';
  try {
    if (act.action === 'assign' || act.action === 'support') await loadDepartments();
  } catch (error) {
    return explain(error);
  }
  return act.form(c, role);
}
