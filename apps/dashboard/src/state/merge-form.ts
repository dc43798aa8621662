import type { WireCase, WireMergedCase } from '@app/domain';
import type { ActionForm, FormField } from './action-form';

const REASON: FormField = { name: 'reason', label: '理由', kind: 'lines', required: true, hint: '写入两个事件的历史，不可修改' };
const reasonOf = (v: Record<string, string>): string | undefined => v['reason']?.trim();

export function mergeForm(c: WireCase, other: WireMergedCase): ActionForm {
  return {
    id: `merge-${other.id}`,
    title: `合并：${other.code}`,
    submit: '合并为一个事件',
    path: `/cases/${c.id}/merge`,
    explain: `「${other.title}」与本事件合并。先发现的事件保留，时限从最早的发现时间起算，不会推后；合并可以撤销。`,
    fields: [{ ...REASON, initial: '经核对为同一事件' }],
    body: (v) => ({ caseId: other.id, reason: reasonOf(v) }),
  };
}

export function unmergeForm(merged: WireMergedCase): ActionForm {
  return {
    id: `unmerge-${merged.id}`,
    title: `撤销合并：${merged.code}`,
    submit: '撤销合并',
    path: `/cases/${merged.id}/unmerge`,
    explain: `「${merged.title}」恢复为单独的事件，并入的信息随之移回，时限自其首次发现起重新计算。`,
    fields: [REASON],
    body: (v) => ({ reason: reasonOf(v) }),
  };
}

export function splitForm(c: WireCase, itemIds: readonly string[]): ActionForm {
  return {
    id: `split-${itemIds.join('-')}`.slice(0, 80),
    title: `拆分：${itemIds.length} 条信息`,
    submit: '拆出为新的事件',
    path: `/cases/${c.id}/split`,
    explain: '所选信息另立一个事件，时限自其中最早发现的一条起算，可能立即超期；本事件的时限不变。再次合并即可撤销。',
    fields: [REASON],
    body: (v) => ({ itemIds: [...itemIds], reason: reasonOf(v) }),
  };
}
