import { DRAFT_KINDS, STAGE_NAMES, type DraftKind, type WireCase, type WireDraft } from '@app/domain';
import { fieldOf, instantOfField } from '../instant';
import { EVIDENCE_TEXT } from '../wording';
import type { ActionForm, FormField } from './action-form';
import { serverNow } from './server-time';
import { SPEAKER_FIELDS } from './speaker-field';

const optional = (value: string | undefined): string | undefined => (value?.trim() ? value.trim() : undefined);
const last = (d: WireDraft) => d.versions.at(-1)!;

const textFields = (title = '', body = ''): FormField[] => [
  { name: 'title', label: '标题', kind: 'line', required: true, initial: title },
  { name: 'body', label: '正文', kind: 'lines', rows: 14, required: true, initial: body, hint: '最多 10000 字；写到一半关闭或断网，文字仍保留在本机' },
];

export function draftForm(c: WireCase, kind: DraftKind): ActionForm {
  return {
    id: 'draft-new',
    title: '起草',
    submit: '送审',
    wide: true,
    path: `/cases/${c.id}/drafts`,
    explain: '保存后依次由三个不同的人初审、复审、终审，起草人不审自己的稿。系统不对外发布：通过后由人发布，再登记网址和时间。紧急情况可以先发布，直接“登记回应”。',
    fields: [
      { name: 'kind', label: '类型', kind: 'choice', required: true, initial: kind, options: DRAFT_KINDS.map((k) => ({ value: k, text: EVIDENCE_TEXT[k] })) },
      ...textFields(c.title.replace(/^【演示】/, '关于')),
    ],
    body: (v) => ({ kind: v['kind'], title: v['title']?.trim(), body: v['body'] }),
  };
}

export function reviseForm(d: WireDraft): ActionForm {
  const v = last(d);
  return {
    id: `draft-${d.id}-v${v.version}`,
    title: `修改：第 ${v.version} 版`,
    submit: `保存为第 ${v.version + 1} 版并重新送审`,
    wide: true,
    path: `/cases/${d.caseId}/drafts/${d.id}/versions`,
    explain: '以前各版都保留。修改后三审重新开始。',
    fields: [...textFields(v.title, v.body), { name: 'note', label: '修改说明', kind: 'line' }],
    body: (f) => ({ base: v.version, title: f['title']?.trim(), body: f['body'], note: optional(f['note']) }),
  };
}

export function reviewForm(d: WireDraft, passed: boolean): ActionForm {
  const stage = d.next ?? 'first';
  return {
    id: `review-${d.id}-${last(d).version}-${stage}-${passed ? 'pass' : 'back'}`,
    title: `${STAGE_NAMES[stage]}${passed ? '通过' : '退改'}：第 ${last(d).version} 版`,
    submit: passed ? '通过' : '退改',
    danger: !passed,
    path: `/cases/${d.caseId}/drafts/${d.id}/review`,
    explain: passed ? `「${last(d).title}」${STAGE_NAMES[stage]}通过。姓名和时间写入记录，不可修改。` : '写明需要修改之处；起草人修改后，三审重新开始。',
    fields: [{ name: 'comment', label: '意见', kind: 'lines', required: !passed }],
    body: (v) => ({ version: last(d).version, stage, passed, comment: optional(v['comment']) }),
  };
}

export function withdrawForm(d: WireDraft): ActionForm {
  return {
    ...{ id: `withdraw-${d.id}`, title: '撤回稿件', submit: '撤回', danger: true, path: `/cases/${d.caseId}/drafts/${d.id}/withdraw` },
    explain: '撤回后不再审核，全部版本和意见保留。',
    fields: [{ name: 'reason', label: '理由', kind: 'lines', required: true }],
    body: (v) => ({ reason: v['reason']?.trim() }),
  };
}

const PUBLIC_KINDS: readonly DraftKind[] = ['release', 'clarification'];

export function publishForm(d: WireDraft): ActionForm {
  const open = PUBLIC_KINDS.includes(d.kind);
  return {
    id: `publish-${d.id}`,
    title: `登记${open ? '发布' : EVIDENCE_TEXT[d.kind]}：${last(d).title}`,
    submit: '登记',
    path: `/cases/${d.caseId}/drafts/${d.id}/register`,
    explain: '通过终审的文字连同内容摘要（SHA-256）登记为回应，按发布时间判断各项时限。',
    fields: [
      { name: 'url', label: '发布的网址', kind: 'link', required: open },
      { name: 'happenedAt', label: open ? '发布时间（北京时间）' : '时间（北京时间）', kind: 'instant', required: true, initial: fieldOf(serverNow()) },
      ...(open ? SPEAKER_FIELDS : []),
    ],
    body: (v) => ({ url: optional(v['url']), happenedAt: instantOfField(v['happenedAt'] ?? ''), speaker: optional(v['speaker']), speakerOffice: optional(v['speakerOffice']) }),
  };
}
