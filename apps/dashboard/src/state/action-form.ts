import { GRADES, labelConflict, LEVELS, PART_NAMES, TOPICS, type EvidenceKind, type Grade, type Level, type Role, type WireCase, type WireCaseUnit, type WireClock } from '@app/domain';
import { fieldOf, instantOfField } from '../instant';
import { EVIDENCE_TEXT, LEVEL_TEXT } from '../wording';
import type { Department } from './departments';
import { kindsFor } from './evidence-kind';
import { SPEAKER_FIELDS } from './speaker-field';
import { serverNow } from './server-time';

/** One action of a person on a case or clock, as data: what is asked and what is sent. */
export interface FormField {
  name: string;
  label: string;
  kind: 'line' | 'lines' | 'choice' | 'instant' | 'link' | 'number' | 'file';
  required?: boolean;
  hint?: string;
  options?: { value: string; text: string }[];
  initial?: string;
  /** Of a file: endings. */
  accept?: string;
  /** Of several lines: how many are shown. */
  rows?: number;
}

export interface ActionForm {
  id: string;
  title: string;
  submit: string;
  path: string;
  explain: string;
  danger?: boolean;
  /** For long texts. */
  wide?: boolean;
  fields: FormField[];
  body: (values: Record<string, string>) => Record<string, unknown>;
  /** What several fields together lack, by field. */
  lacks?: (values: Record<string, string>) => Record<string, string>;
}

const choices = <T extends string>(values: readonly T[], text: (v: T) => string = (v) => v): { value: string; text: string }[] => values.map((value) => ({ value, text: text(value) }));
const optional = (value: string | undefined): string | undefined => (value?.trim() ? value.trim() : undefined);
const REASON: FormField = { name: 'reason', label: '理由', kind: 'lines', required: true, hint: '写入事件历史，不可修改' };
const BASIS: FormField[] = [
  { name: 'reason', label: '理由', kind: 'lines', required: true },
  { name: 'basis', label: '依据', kind: 'line', required: true, hint: '法规或文件的名称、文号、条款' },
  { name: 'approver', label: '批准人', kind: 'line', required: true, hint: '姓名与职务' },
];

/** Several units wait: the desk says for which it signs. A unit's own people sign for their own. */
function signChoice(c: WireCase, unit: WireCaseUnit | undefined): FormField[] {
  const waiting = c.units.filter((u) => u.endedAt === null && u.signedAt === null);
  const own = waiting.find((u) => u.departmentId === unit?.departmentId) ?? waiting[0];
  if (waiting.length < 2 && own?.part !== 'supporting') return [];
  return [{ name: 'departmentId', label: '签收单位', kind: 'choice', required: true, initial: own?.departmentId ?? '', options: waiting.map((u) => ({ value: u.departmentId, text: `${u.departmentName}（${PART_NAMES[u.part]}）` })) }];
}

export function signForForm(c: WireCase, unit?: WireCaseUnit): ActionForm {
  return { id: 'sign-for', title: '签收', submit: '确认签收', path: `/cases/${c.id}/sign-for`, explain: `签收后由${unit?.departmentName ?? c.departmentName ?? '承办部门'}${unit?.part === 'supporting' ? '按要求协办' : '负责在期限内回应'}。签收时刻即为现在。`, fields: signChoice(c, unit), body: (v) => ({ departmentId: optional(v['departmentId']) }) };
}

/** The proposed leading department is chosen beforehand; a person may choose another. */
function proposedFor(c: Partial<Pick<WireCase, 'proposal'>>, departments: Department[]): string {
  const lead = c.proposal?.[0]?.departmentId ?? '';
  return departments.some((d) => d.id === lead) ? lead : '';
}

function proposalHint(c: Partial<Pick<WireCase, 'proposal'>>): string | undefined {
  const [lead, ...supports] = c.proposal ?? [];
  if (!lead) return undefined;
  return `建议主办：${lead.name}${supports.length > 0 ? `；协办：${supports.map((s) => s.name).join('、')}` : ''}`;
}

/** A unit has it already; it may go to another one. */
const handedOn = (c: Pick<WireCase, 'departmentId'>): boolean => c.departmentId !== null;

export function assignForm(c: WireCase, departments: Department[]): ActionForm {
  const units = departments.filter((d) => !handedOn(c) || d.id !== c.departmentId);
  return {
    id: 'assign',
    title: '交办',
    submit: '交办',
    path: `/cases/${c.id}/assign`,
    explain: '交办后承办部门须在签收时限内签收。',
    fields: [
      { name: 'departmentId', label: '承办部门', kind: 'choice', required: true, options: units.map((d) => ({ value: d.id, text: d.name })), initial: handedOn(c) ? '' : proposedFor(c, departments), hint: departments.length === 0 ? '还没有部门：请管理员先在 config/departments.yaml 写入部门' : proposalHint(c) },
      handedOn(c) ? { name: 'reason', label: '改交办的理由', kind: 'lines', required: true, hint: '写入事件历史；新单位重新签收' } : { name: 'reason', label: '交办要求', kind: 'lines', hint: '可不填' },
    ],
    body: (v) => ({ departmentId: v['departmentId'], reason: optional(v['reason']) }),
  };
}

const PUBLIC_KINDS = new Set(['release', 'press-conference', 'clarification']);

/** A response is judged by what proves it: the published page, or at least words. */
function lackOfProof(v: Record<string, string>): Record<string, string> {
  if (v['url']?.trim() || v['file']) return {};
  if (PUBLIC_KINDS.has(v['kind'] ?? '')) return { url: '公开发布的回应须填网址或附上文件' };
  return v['note']?.trim() ? {} : { note: '没有网址或附件时须写明说明' };
}

export function evidenceForm(c: WireCase, role: Role | undefined, kind?: EvidenceKind): ActionForm {
  const kinds = kindsFor(role, c.clocks);
  return {
    id: 'evidence',
    title: '登记回应',
    submit: '登记',
    path: `/cases/${c.id}/evidence`,
    explain: '时限只认登记的回应，按回应本身的时间判断是否按期；登记时间另行保留。',
    fields: [
      { name: 'kind', label: '回应类型', kind: 'choice', required: true, options: choices(kinds, (k) => EVIDENCE_TEXT[k]), initial: kind && kinds.includes(kind) ? kind : kinds.length === 1 ? kinds[0] : '' },
      { name: 'title', label: '标题', kind: 'line', required: true, hint: '例如：关于……的情况通报' },
      { name: 'happenedAt', label: '回应的时间（北京时间）', kind: 'instant', required: true, initial: fieldOf(serverNow()) },
      { name: 'url', label: '网址', kind: 'link', hint: '公开发布的回应（发布、发布会、澄清）须有网址或附件' },
      { name: 'file', label: '附件', kind: 'file', accept: '.pdf,.docx,.png,.jpg,.jpeg', hint: 'PDF、DOCX、PNG、JPG，最大 10 MB；留存原件并记录摘要' },
      { name: 'approvedBy', label: '审定人', kind: 'line', hint: '姓名与职务' },
      ...SPEAKER_FIELDS,
      { name: 'note', label: '说明', kind: 'lines', hint: '没有网址或附件时须写明说明' },
    ],
    lacks: lackOfProof,
    body: (v) => ({
      kind: v['kind'],
      title: v['title']?.trim(),
      happenedAt: instantOfField(v['happenedAt'] ?? ''),
      url: optional(v['url']),
      approvedBy: optional(v['approvedBy']),
      speaker: optional(v['speaker']),
      speakerOffice: optional(v['speakerOffice']),
      note: optional(v['note']),
    }),
  };
}

export function overrideForm(c: WireCase): ActionForm {
  return {
    id: 'override',
    title: '改判',
    submit: '改判',
    path: `/cases/${c.id}/override`,
    explain: '上调级别时，新时限从原起算点起算，可能立即超期；下调会取消不再适用的时限。历史保留。',
    fields: [
      { name: 'level', label: '级别', kind: 'choice', required: true, options: choices(LEVELS.filter((l) => l !== 'none'), (l) => LEVEL_TEXT[l]), initial: c.level, hint: '较大及以上的突发事件属于重大问题' },
      { name: 'emergency', label: '突发事件', kind: 'choice', required: true, options: [{ value: 'true', text: '是' }, { value: 'false', text: '否' }], initial: String(c.emergency) },
      { name: 'grade', label: '事件分级', kind: 'choice', options: [{ value: '', text: '无' }, ...choices(GRADES)], initial: c.grade ?? '' },
      { name: 'topic', label: '领域', kind: 'choice', required: true, options: choices(TOPICS), initial: c.topic },
      REASON,
    ],
    lacks: (v) => {
      const after = { level: v['level'] as Level, emergency: v['emergency'] === 'true', grade: (v['grade'] || null) as Grade | null, category: c.category };
      const found = labelConflict(c, after);
      return found ? { [found.field]: found.reason } : {};
    },
    body: (v) => ({ level: v['level'], emergency: v['emergency'] === 'true', grade: v['grade'] || null, topic: v['topic'], reason: v['reason']?.trim() }),
  };
}

export function confirmForm(c: WireCase): ActionForm {
  return { id: 'confirm', title: '研判', submit: '确认属实需办', path: `/cases/${c.id}/confirm`, explain: `确认系统判断：${c.caseClass === 'emergency' ? '重大突发事件' : LEVEL_TEXT[c.level]}舆情，领域「${c.topic}」。判断有误请用「改判」。`, fields: [{ name: 'note', label: '研判意见', kind: 'lines' }], body: (v) => ({ note: optional(v['note']) }) };
}

export function beginForm(c: WireCase): ActionForm {
  return { id: 'begin', title: '开始办理', submit: '开始办理', path: `/cases/${c.id}/begin`, explain: '表明承办部门已着手办理。时限照常计算。', fields: [{ name: 'note', label: '说明', kind: 'lines' }], body: (v) => ({ note: optional(v['note']) }) };
}

export function archiveForm(c: WireCase): ActionForm {
  return { id: 'archive', title: '归档', submit: '归档', path: `/cases/${c.id}/archive`, explain: '归档后不再办理，全部记录保留可查。', fields: [], body: () => ({}) };
}

export function closeForm(c: WireCase): ActionForm {
  return { id: 'close', title: '办结', submit: '办结', path: `/cases/${c.id}/close`, explain: '写明办理结果。其他时限仍须有各自的回应，系统会逐项核对。', fields: [{ ...REASON, name: 'reason', label: '办理结果' }, { name: 'url', label: '公开回复的网址', kind: 'link' }], body: (v) => ({ reason: v['reason']?.trim(), url: optional(v['url']) }) };
}

export function rejectForm(c: WireCase): ActionForm {
  return { id: 'reject', title: '不予受理', submit: '不予受理', danger: true, path: `/cases/${c.id}/reject`, explain: '不属于本地政务舆情、或无须回应时使用。在计的时限随之取消，理由留存备查。', fields: [REASON], body: (v) => ({ reason: v['reason']?.trim() }) };
}

export function suspendForm(clock: WireClock): ActionForm {
  return { id: `suspend-${clock.id}`, title: `中止时限：${clock.title}`, submit: '中止', path: `/clocks/${clock.id}/suspend`, explain: '中止须有理由、依据和批准人，全部写入期限计算书。', fields: BASIS, body: (v) => ({ reason: v['reason']?.trim(), basis: v['basis']?.trim(), approver: v['approver']?.trim() }) };
}

export function resumeForm(clock: WireClock): ActionForm {
  return { id: `resume-${clock.id}`, title: `恢复时限：${clock.title}`, submit: '恢复计时', path: `/clocks/${clock.id}/resume`, explain: '从现在起继续计时，期限按中止的时长顺延。', fields: [], body: () => ({}) };
}

export function extendForm(clock: WireClock): ActionForm {
  return {
    id: `extend-${clock.id}`,
    title: `延长时限：${clock.title}`,
    submit: '延长',
    path: `/clocks/${clock.id}/extend`,
    explain: '不得超过规则允许的上限；原期限保留在期限计算书里。',
    fields: [
      { name: 'amount', label: '延长数量', kind: 'number', required: true },
      {
        name: 'unit',
        label: '单位',
        kind: 'choice',
        required: true,
        initial: 'hours',
        options: [
          { value: 'hours', text: '小时' },
          { value: 'natural_days', text: '日' },
          { value: 'working_days', text: '工作日' },
        ],
      },
      ...BASIS,
    ],
    body: (v) => ({ term: { unit: v['unit'], amount: Number(v['amount']) }, reason: v['reason']?.trim(), basis: v['basis']?.trim(), approver: v['approver']?.trim() }),
  };
}
