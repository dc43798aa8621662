import { cut, EVIDENCE_NAMES, type ReviewStage, STAGE_NAMES } from '@app/domain';
import type { CaseRow } from './case-row';
import type { Draft } from './draft-book';
import type { NewAlert } from './outbox';

/** Whom a text waits for: 初审 the desk, 复审 the head of the leading unit, 终审 the leader in charge, then whoever publishes it. */
const WAITS_FOR: Record<ReviewStage | 'publish', (c: CaseRow) => NewAlert['audience']> = {
  first: () => ['duty_officer'],
  second: (c) => [c.departmentId === null ? 'duty_officer' : 'department_head'],
  final: () => ['deputy_leader'],
  publish: (c) => ['duty_officer', ...(c.departmentId === null ? [] : (['department_contact'] as const))],
};

/** @param next the review it waits for; null: it passed and is to be published */
export function draftAlert(c: CaseRow, d: Pick<Draft, 'id' | 'kind'>, title: string, next: ReviewStage | null, now: Date): NewAlert {
  const what = next === null ? '终审通过' : `待${STAGE_NAMES[next]}`;
  return {
    ...aboutDraft(c, d, now),
    title: cut(`【${what}】${title}`, 200),
    body: `事件 ${c.code}，${EVIDENCE_NAMES[d.kind]}稿“${title}”${next === null ? '已通过三审，请发布后登记网址和时间，时限才算完成。' : `等待${STAGE_NAMES[next]}。`}`,
    audience: WAITS_FOR[next ?? 'publish'](c),
  };
}

export function draftRejectedAlert(c: CaseRow, d: Pick<Draft, 'id' | 'kind'>, title: string, stage: ReviewStage, comment: string, now: Date): NewAlert {
  return {
    ...aboutDraft(c, d, now),
    title: cut(`【${STAGE_NAMES[stage]}退改】${title}`, 200),
    body: `事件 ${c.code}，${EVIDENCE_NAMES[d.kind]}稿“${title}”${STAGE_NAMES[stage]}退改：${comment}`,
    audience: WAITS_FOR.publish(c),
  };
}

function aboutDraft(c: CaseRow, d: Pick<Draft, 'id'>, now: Date): Omit<NewAlert, 'title' | 'body' | 'audience'> {
  return {
    key: `draft:${d.id}:${c.version}`,
    kind: 'review',
    severity: c.caseClass === 'emergency' ? 'warning' : 'info',
    ...{ caseId: c.id, clockId: null, rung: null, departmentId: c.departmentId, receiptMinutes: null, instantAt: now },
  };
}
