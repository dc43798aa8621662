import {
  ACTION_NAMES,
  CASE_ACTIONS,
  type EvidenceKind,
  type Level,
  type Office,
  type Role,
  TRIGGER_NAMES,
} from '@app/domain';
import { readInstant } from './instant';
import { EVIDENCE_TEXT, LEVEL_TEXT, OFFICE_TEXT, ROLE_TEXT } from './wording';

/** The audit chain in words: its records hold codes, so that they mean the same in ten years; people read these. */
export const AUDIT_ACTIONS: Record<string, string> = {
  'session.open': '登录',
  'session.close': '退出',
  'session.refused': '登录被拒',
  'password.change': '修改密码',
  'password.reset': '重置密码',
  'user.add': '新增用户',
  'user.change': '变更用户',
  'user.disable': '停用用户',
  'user.reset-password': '重置密码',
  'user.contact': '更改联系方式',
  'department.add': '新增部门',
  'department.change': '更新部门',
  'token.add': '发放令牌',
  'token.revoke': '吊销令牌',
  'roster.add': '加班次',
  'roster.lay': '排班',
  'roster.stand-in': '替班',
  'roster.remove': '删除班次',
  'handover.write': '交班',
  'handover.take': '接班',
  'item.enter': '手工录入',
  'item.import': '从表格导入',
  'item.review': '复核信息',
  'item.reveal': '查看未遮盖原文',
  'item.file': '查看截图原件',
  'matter.start': '登记事项',
  'ledger.import': '导入任务台账',
  'source.add': '新增来源',
  'source.change': '修改来源',
  'source.pause': '停用来源',
  'source.resume': '启用来源',
  'source.delete': '删除来源',
  'source.try': '试抓网址',
  'site-finding.warc': '导出网站检查的页面存档',
  'case.review': '复核事件',
  'case.merge': '合并事件',
  'case.unmerge': '撤销合并',
  'case.split': '拆分事件',
  'case.link': '由链接打开事件',
  'case.evidence-drop': '排除拟议的回应',
  'case.draft-write': '起草发布稿',
  'case.draft-revise': '修改发布稿',
  'case.draft-review': '审核发布稿',
  'case.draft-withdraw': '撤回发布稿',
  'case.draft-register': '登记已发布的稿件',
  'case.warc': '导出原文存档',
  'case.report': '导出专报',
  'evidence.file': '查看回应附件',
  'clock.suspend': '中止时限',
  'clock.resume': '恢复时限',
  'clock.extend': '延长时限',
  'receipt.link': '由链接签收',
  'accountability.decide': '决定问责文书',
  'assessment.mark': '考评评分',
  'assessment.appeal': '考评申诉',
  'assessment.answer': '答复考评申诉',
  'backtest.run': '提交回测',
  'channel.test': '试发预警渠道',
  'webhook.resume': '恢复事件推送',
  'calendar.load': '采用放假通知',
  'config.change': '配置变更',
  'classifier.adopt': '采用新版分类',
  'override.export': '导出训练数据',
  'audit.export': '导出审计',
  ...Object.fromEntries(CASE_ACTIONS.map((a) => [`case.${a}`, ACTION_NAMES[a]])),
};

const OBJECTS: Record<string, string> = {
  account: '用户',
  alert: '预警',
  appeal: '申诉',
  backtest: '回测',
  calendar: '日历',
  case: '事件',
  channel: '渠道',
  clock: '时限',
  department: '部门',
  file: '文件',
  handover: '交接班',
  item: '信息',
  ledger: '台账',
  shift: '班次',
  'site-finding': '网站检查',
  source: '来源',
  token: '令牌',
  webhook: '事件推送',
};

const KEYS: Record<string, string> = {
  accountId: '用户',
  address: '地址',
  amount: '数量',
  answer: '答复',
  bad: '有错',
  base: '所改版本',
  body: '正文',
  by: '方式',
  caseId: '事件',
  channel: '渠道',
  comment: '意见',
  count: '条数',
  countedFrom: '起算日',
  days: '天数',
  decision: '决定',
  departmentId: '部门',
  displayName: '姓名',
  draftId: '稿件',
  duplicate: '此前已收',
  email: '邮箱',
  emergency: '突发',
  enabled: '启用',
  endsAt: '止',
  evidenceId: '回应',
  file: '文件',
  files: '文件',
  form: '文书',
  format: '格式',
  from: '自',
  grade: '分级',
  happenedAt: '发生时间',
  id: '编号',
  ids: '编号',
  indicator: '指标',
  into: '并入',
  itemIds: '信息',
  kind: '类型',
  level: '级别',
  mapping: '表格种类',
  matters: '事项数',
  name: '名称',
  note: '说明',
  number: '文号',
  office: '岗位',
  packs: '规则包',
  passed: '通过',
  phone: '手机',
  points: '分数',
  reason: '理由',
  records: '记录数',
  region: '地区',
  remark: '意见',
  role: '角色',
  scopes: '权限范围',
  shifts: '班次数',
  source: '来源',
  speaker: '发言人',
  speakerOffice: '发言人职务',
  stage: '审级',
  startsAt: '起',
  state: '状态',
  supporting: '协办',
  taken: '已收',
  task: '交办要求',
  taskId: '任务',
  tasks: '任务数',
  term: '第几项期限',
  text: '正文',
  title: '标题',
  to: '至',
  topic: '领域',
  trigger: '事项类型',
  triggeredAt: '起算时间',
  until: '至',
  upheld: '成立',
  url: '网址',
  username: '用户名',
  version: '版本',
};

const STAGES: Record<string, string> = { first: '初审', second: '复审', final: '终审' };
const DECISIONS: Record<string, string> = { issued: '签发', dropped: '不出' };
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** `事件 12` of `case:12`; what is no such pair stays as it is. */
export function readAuditObject(object: string): string {
  const at = object.indexOf(':');
  const kind = at < 0 ? undefined : OBJECTS[object.slice(0, at)];
  return kind === undefined ? object : `${kind} ${object.slice(at + 1)}`;
}

/** @param nameOf of a department */
function readValue(key: string, value: unknown, nameOf: (id: string) => string): string {
  if (typeof value === 'boolean') return value ? '是' : '否';
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return value.map((v) => readValue(key, v, nameOf)).join('、');
  if (typeof value !== 'string') return JSON.stringify(value);
  if (ISO.test(value)) return readInstant(value, null, true);
  const known: Record<string, string | undefined> = {
    role: ROLE_TEXT[value as Role],
    office: OFFICE_TEXT[value as Office],
    level: LEVEL_TEXT[value as Level],
    kind: EVIDENCE_TEXT[value as EvidenceKind],
    trigger: (TRIGGER_NAMES as Record<string, string>)[value],
    stage: STAGES[value],
    decision: DECISIONS[value],
  };
  if (key === 'departmentId' || key === 'supporting') return nameOf(value) || value;
  return known[key] ?? value;
}

/** What was done with what, in words; empty values say nothing. A change of the config carries the marks of every file: what changed is enough. */
export function readAuditData(action: string, data: Record<string, unknown>, nameOf: (id: string) => string): string {
  return Object.entries(data)
    .filter(
      ([k, v]) =>
        v !== null &&
        v !== '' &&
        !(Array.isArray(v) && v.length === 0) &&
        !(k === 'files' && action === 'config.change'),
    )
    .map(([k, v]) => `${KEYS[k] ?? k}：${readValue(k, v, nameOf)}`)
    .join('；');
}
