import { partOf, TRANSFER_KINDS, TRANSFER_NAMES, type WireCase, type WireCaseUnit, type WireMe } from '@app/domain';
import type { ActionForm, FormField } from './action-form';
import type { Department } from './departments';

const REASON: FormField = { name: 'reason', label: '理由', kind: 'lines', required: true, hint: '写入事件历史，不可修改' };
const words = (v: Record<string, string>, name = 'reason'): string | undefined => v[name]?.trim();

type Seat = Pick<WireMe, 'departmentId' | 'departmentName'> | null;

/** The unit in whose name the person acts: the own one, else the leading one. */
export function unitOf(c: WireCase, seat: Seat): WireCaseUnit | undefined {
  const active = c.units.filter((u) => u.endedAt === null);
  return active.find((u) => u.departmentId === seat?.departmentId) ?? active.find((u) => u.part === 'lead');
}

export function supportForm(c: WireCase, departments: Department[]): ActionForm {
  const has = new Set(c.units.filter((u) => u.endedAt === null).map((u) => u.departmentId));
  const proposed = c.proposal.find((p) => p.role === 'support' && !has.has(p.departmentId));
  return {
    id: 'support',
    title: '补充交办',
    submit: '补充交办',
    path: `/cases/${c.id}/support`,
    explain: `${c.departmentName ?? '主办单位'}仍为第一责任主体；协办单位各自签收、各自答复，按职责分工做好回应。`,
    fields: [
      {
        ...{ name: 'departmentId', label: '协办单位', kind: 'choice', required: true, initial: proposed?.departmentId ?? '' },
        options: departments.filter((d) => !has.has(d.id)).map((d) => ({ value: d.id, text: d.name })),
        hint: proposed ? `建议协办：${proposed.name}` : undefined,
      },
      { name: 'task', label: '需要协办的事项', kind: 'lines', required: true },
    ],
    body: (v) => ({ departmentId: v['departmentId'], task: words(v, 'task') }),
  };
}

export function relieveForm(c: WireCase, unit: WireCaseUnit): ActionForm {
  return {
    id: `relieve-${unit.departmentId}`,
    title: `解除协办：${unit.departmentName}`,
    submit: '解除协办',
    path: `/cases/${c.id}/relieve`,
    explain: '该单位不再看到本事件，未签收的时限随之终止；已超期的仍计为超期。',
    fields: [REASON],
    body: (v) => ({ departmentId: unit.departmentId, reason: words(v) }),
  };
}

export function returnForm(c: WireCase, seat: Seat): ActionForm {
  const lead = partOf(seat?.departmentId ?? null, c) === 'lead';
  return {
    id: 'return',
    title: '退回',
    submit: '退回',
    danger: true,
    path: `/cases/${c.id}/return`,
    explain: lead
      ? '不属于本单位职责的，退回值班人员另行交办。本单位的签收时限随之终止，事件的各项回应时限照常计算。退回后本单位不再看到本事件。'
      : '不属于本单位职责的，退回协办任务。其他单位照常办理；退回后本单位不再看到本事件。',
    fields: [{ ...REASON, label: '退回理由', hint: '写明为何不属于本单位职责、建议由哪个单位办理' }],
    body: (v) => ({ reason: words(v) }),
  };
}

export function replyForm(c: WireCase, unit: WireCaseUnit | undefined): ActionForm {
  return {
    id: `reply-${unit?.departmentId ?? ''}`,
    title: `${unit?.departmentName ?? ''}的答复`,
    submit: '提交答复',
    wide: true,
    path: `/cases/${c.id}/reply`,
    explain: '写明本单位核实的情况、依据和处理结果。各承办单位都能看到，以便对外口径一致；提交即视为已签收。答复不会自动公开。',
    fields: [{ name: 'text', label: '答复内容', kind: 'lines', rows: 10, required: true, initial: unit?.reply ?? '' }],
    body: (v) => ({ text: words(v, 'text'), departmentId: unit?.departmentId }),
  };
}

export function transferForm(c: WireCase): ActionForm {
  return {
    id: 'transfer',
    title: '转上级或转办',
    submit: '转出',
    danger: true,
    path: `/cases/${c.id}/transfer`,
    explain: '不属于本地办理的（属地管理、分级负责），转上级或有管辖权的单位。在计的时限终止，已超期的仍计为超期；同时开始“反馈去向和结果”的时限，有结果后登记“办理结果反馈”。',
    fields: [
      { name: 'kind', label: '转往', kind: 'choice', required: true, options: TRANSFER_KINDS.map((k) => ({ value: k, text: k === 'superior' ? '转上级机关' : '转办：其他地方或单位' })) },
      { name: 'to', label: '接收单位', kind: 'line', required: true, hint: '单位全称' },
      REASON,
    ],
    body: (v) => ({ kind: v['kind'], to: words(v, 'to'), reason: words(v) }),
  };
}

export function reopenForm(c: WireCase): ActionForm {
  const settled = c.state === '已办结' || c.state === '已归档';
  return {
    id: 'reopen',
    title: '重新办理',
    submit: '重新办理',
    path: `/cases/${c.id}/reopen`,
    explain: settled
      ? '已办结的事件再起舆情：原来的时限和结论不变，新一轮时限自办结后的第一条新报道起算（没有新报道的，自现在起算），回到值班台重新交办。'
      : `恢复办理：时限自${c.state === '已转办' ? '本事件' : '原来'}的起算点起算，不因${c.state === '已转办' ? '转出' : '不予受理'}而推后，可能立即超期。`,
    fields: [REASON],
    body: (v) => ({ reason: words(v) }),
  };
}

export const transferText = (c: WireCase): string => (c.transfer === null ? '' : `${TRANSFER_NAMES[c.transfer.kind]}：${c.transfer.to}`);
