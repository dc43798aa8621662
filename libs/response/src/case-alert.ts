import { cut, beijingText, PART_NAMES, type CasePart } from '@app/domain';
import { CLASS_NAMES } from './case-grade';
import type { CaseRow } from './case-row';
import type { NewAlert } from './outbox';
import type { CaseUnit } from './unit-book';

/** An ordinary case waits for the duty officer; the rungs of its clocks climb by themselves. */
export function newCaseAlert(
  caseId: string,
  code: string,
  incoming: { title: string; fetchedAt: Date; departmentId: string | null },
  caseClass: CaseRow['caseClass'],
  receiptMinutes: number,
): NewAlert {
  const head = { ordinary: '【新舆情】', major: '【重大舆情】', emergency: '【突发事件】' }[caseClass];
  return {
    key: `case:${caseId}:opened`,
    kind: 'new-case',
    severity: ({ ordinary: 'info', major: 'warning', emergency: 'critical' } as const)[caseClass],
    title: cut(`${head}${incoming.title}`, 200),
    body: `事件 ${code}，${CLASS_NAMES[caseClass]}，${beijingText(incoming.fetchedAt)} 发现。`,
    caseId,
    clockId: null,
    rung: null,
    audience: caseClass === 'emergency' ? ['duty_officer', 'deputy_leader'] : ['duty_officer'],
    departmentId: incoming.departmentId,
    receiptMinutes: caseClass === 'ordinary' ? null : receiptMinutes,
    instantAt: incoming.fetchedAt,
  };
}

export function raisedAlert(
  c: CaseRow,
  before: CaseRow,
  to: CaseRow['caseClass'],
  reason: string,
  now: Date,
  receiptMinutes: number,
): NewAlert {
  return {
    key: `case:${c.id}:raised:${before.version}`,
    kind: 'level-raised',
    severity: to === 'emergency' ? 'critical' : 'warning',
    title: cut(`【级别提升】${c.title}`, 200),
    body: `事件 ${c.code}，${reason}。`,
    caseId: c.id,
    clockId: null,
    rung: null,
    audience: [
      'duty_officer',
      ...(c.departmentId === null ? [] : (['department_contact'] as const)),
      ...(to === 'emergency' ? (['deputy_leader'] as const) : []),
    ],
    departmentId: c.departmentId,
    receiptMinutes,
    instantAt: now,
  };
}

/** 交办: to the contact of the department, and to its head when nobody there gives a receipt. */
export function assignedAlert(
  c: CaseRow,
  departmentId: string,
  reason: string,
  now: Date,
  receiptMinutes: number,
  part: CasePart = 'lead',
): NewAlert {
  return {
    key: `case:${c.id}:assigned:${c.version}`,
    kind: 'assigned',
    severity: ({ ordinary: 'info', major: 'warning', emergency: 'critical' } as const)[c.caseClass],
    title: cut(`【${part === 'lead' ? '交办' : '协办'}】${c.title}`, 200),
    body: `事件 ${c.code}（${CLASS_NAMES[c.caseClass]}）交办你单位${PART_NAMES[part]}，请签收。交办意见：${reason}`,
    caseId: c.id,
    clockId: null,
    rung: null,
    audience: ['department_contact'],
    departmentId,
    receiptMinutes,
    instantAt: now,
  };
}

/** 退回: the desk has it again, and is told at once. */
export function returnedAlert(c: CaseRow, unit: Pick<CaseUnit, 'departmentName' | 'part'>, reason: string, now: Date, receiptMinutes: number): NewAlert {
  return {
    ...aboutCase(c, now),
    key: `case:${c.id}:returned:${c.version}`,
    kind: 'returned',
    severity: c.caseClass === 'ordinary' ? 'warning' : 'critical',
    title: cut(`【退回】${c.title}`, 200),
    body: `事件 ${c.code} 由${unit.departmentName}（${PART_NAMES[unit.part]}）退回：${reason}。${unit.part === 'lead' ? '请另行交办，时限照常计算。' : ''}`,
    audience: ['duty_officer'],
    departmentId: null,
    receiptMinutes,
  };
}

/** 解除协办: the unit need do nothing more. */
export function relievedAlert(c: CaseRow, departmentId: string, reason: string, now: Date): NewAlert {
  return {
    ...aboutCase(c, now),
    key: `case:${c.id}:relieved:${c.version}`,
    kind: 'info',
    severity: 'info',
    title: cut(`【解除协办】${c.title}`, 200),
    body: `事件 ${c.code} 不再需要你单位协办：${reason}`,
    audience: ['department_contact'],
    departmentId,
    receiptMinutes: null,
  };
}

/** 部门答复: for who puts the statements together. */
export function repliedAlert(c: CaseRow, unit: Pick<CaseUnit, 'departmentId' | 'departmentName' | 'part'>, leadId: string | null, what: string, now: Date): NewAlert {
  const toLead = unit.part === 'supporting' && leadId !== null;
  return {
    ...aboutCase(c, now),
    key: `case:${c.id}:replied:${c.version}`,
    kind: 'info',
    severity: 'info',
    title: cut(`【部门答复】${c.title}`, 200),
    body: `事件 ${c.code}，${unit.departmentName}（${PART_NAMES[unit.part]}）${what}。发布前请核对各单位口径一致。`,
    audience: toLead ? ['duty_officer', 'department_contact'] : ['duty_officer'],
    departmentId: toLead ? leadId : null,
    receiptMinutes: null,
  };
}

function aboutCase(c: CaseRow, now: Date): Pick<NewAlert, 'caseId' | 'clockId' | 'rung' | 'instantAt'> {
  return { caseId: c.id, clockId: null, rung: null, instantAt: now };
}

/** A closed case stays closed; that it is reported again, and worse, is for a person to judge. */
export function closedRaiseAlert(
  c: CaseRow,
  incoming: { itemId: string; title: string; fetchedAt: Date },
  to: CaseRow['caseClass'],
): NewAlert {
  return {
    key: `case:${c.id}:again:${incoming.itemId}`,
    kind: 'info',
    severity: 'warning',
    title: cut(`【${c.state}事件再现升级报道】${incoming.title}`, 200),
    body: `事件 ${c.code}（${c.state}）又有报道，按内容属${CLASS_NAMES[to]}，请研判是否重新办理。`,
    caseId: c.id,
    clockId: null,
    rung: null,
    audience: ['duty_officer'],
    departmentId: c.departmentId,
    receiptMinutes: null,
    instantAt: incoming.fetchedAt,
  };
}

/** A settled matter is spoken of again: told once for each time it was closed. */
export function flaresAlert(c: CaseRow, incoming: { title: string; fetchedAt: Date }): NewAlert {
  return {
    ...aboutCase(c, incoming.fetchedAt),
    key: `case:${c.id}:flares:${c.closedAt?.getTime() ?? 0}`,
    kind: 'info',
    severity: 'info',
    title: cut(`【${c.state}事件又有报道】${incoming.title}`, 200),
    body: `事件 ${c.code}（${c.state}）又有报道，请研判是否重新办理。`,
    audience: ['duty_officer'],
    departmentId: c.departmentId,
    receiptMinutes: null,
  };
}
