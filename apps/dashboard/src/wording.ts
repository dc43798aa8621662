import type {
  AnchorKind,
  CaseClass,
  ClockState,
  Level,
  Office,
  ProbeKind,
  SiteFindingKind,
  SourceFindingKind,
  Term,
  WireAlert,
  WireChannel,
  WireDelivery,
  WireSource,
} from '@app/domain';

/** The Chinese words for the codes on the wire. */
export const LEVEL_TEXT: Record<Level, string> = { none: '无关', ordinary: '一般', major: '重大问题' };
export const CLASS_TEXT: Record<CaseClass, string> = {
  ordinary: '一般性舆情',
  major: '重大问题舆情',
  emergency: '重大突发',
};

export const CLOCK_STATE_TEXT: Record<ClockState, string> = {
  open: '计时中',
  suspended: '已中止',
  met: '按期完成',
  met_late: '逾期完成',
  cancelled: '已取消',
  superseded: '已被取代',
};

export { EVIDENCE_NAMES as EVIDENCE_TEXT, ROLE_NAMES as ROLE_TEXT } from '@app/domain';

export const OFFICE_TEXT: Record<Office, string> = {
  duty_officer: '值班员',
  department_contact: '部门联络员',
  department_head: '部门负责人',
  deputy_leader: '分管领导',
  leader: '主要领导',
};

export { TRIGGER_NAMES as TRIGGER_TEXT } from '@app/domain';

export const SITE_FINDING_TEXT: Record<SiteFindingKind, string> = {
  'dead-link': '死链',
  sensitive: '个人信息外露',
  'late-publication': '公开超时',
  stale: '长期不更新',
};

export const ANCHOR_TEXT: Record<AnchorKind, string> = {
  happened: '事件发生',
  first_public: '首次公开报道',
  detected: '系统发现',
  confirmed: '人工确认',
  assigned: '交办',
  last_release: '上次发布',
  planned: '给出处理方案',
  settled: '办结',
  triggered: '事项发生',
  handed_over: '转出',
};

export const SEVERITY_TEXT: Record<WireAlert['severity'], string> = { info: '提示', warning: '警示', critical: '紧急' };

export const ALERT_KIND_TEXT: Record<WireAlert['kind'], string> = {
  'new-case': '新事件',
  'level-raised': '级别上调',
  warn: '临期',
  breach: '超期',
  repeat: '再次提醒',
  assigned: '交办',
  returned: '退回',
  review: '待审稿',
  engine: '引擎',
  source: '来源',
  info: '通知',
};

export const DELIVERY_TEXT: Record<WireDelivery['state'], string> = {
  queued: '待送',
  sent: '已发出',
  delivered: '已送达',
  read: '已读',
  failed: '送达失败',
  superseded: '已作废',
  standby: '备用',
};

export const CHANNEL_KIND_TEXT: Record<WireChannel['kind'], string> = {
  wecom: '企业微信',
  dingtalk: '钉钉',
  feishu: '飞书',
  email: '邮件',
  sms: '短信',
  webhook: 'Webhook',
};

export const SOURCE_STATE_TEXT: Record<WireSource['state'], string> = {
  ok: '正常',
  faulty: '故障',
  silent: '久无更新',
  disabled: '未启用',
  waiting: '等待首次抓取',
};

/** What can be wrong with a source. */
export const FINDING_TEXT: Record<SourceFindingKind, string> = {
  silent: '源静默',
  'no-items': '没有条目',
  failing: '抓取失败',
  certificate: '证书到期',
};

/** How a source is read. */
export const SOURCE_KIND_TEXT: Record<string, string> = {
  feed: '订阅源',
  json: 'JSON 接口',
  'html-list': '网页列表',
  sitemap: '站点地图',
  demo: '演示',
};

/** What a dry run holds a document for. */
export const PROBE_KIND_TEXT: Record<ProbeKind, string> = {
  feed: '订阅源',
  json: 'JSON 接口',
  sitemap: '站点地图',
  'html-list': '网页列表',
  article: '文章页',
};

export const EFFECT_TEXT = { statutory: '法定', notice: '文件要求', local: '本地设定' } as const;

const RULE_TEXT: Record<string, string> = {
  relevant: '属于政务舆情',
  major: '重大问题',
  emergency: '突发事件',
  dead: '死亡、失踪人数',
  injured: '受伤人数',
  M1: '突发事件伤亡或性质重大',
  M2: '群体性事件',
  M3: '公共卫生',
  M4: '公权力滥用',
  M5: '触及民生底线',
  M6: '谣言或误读',
  M7: '上级督查或央媒曝光',
  M8: '涉及众多群众利益',
};

/** What decided a label, in words: `topic:公用事业`, `grade:deaths:较大`; rules of the codebook keep their number. */
export function readRule(rule: string): string {
  const [kind = '', ...rest] = rule.split(':');
  if (kind === 'topic') return `领域：${rest.join('')}`;
  if (kind === 'grade') return `分级：${rest.at(-1) ?? ''}`;
  return RULE_TEXT[rule] === undefined ? rule : /^M\d$/.test(rule) ? `${rule} ${RULE_TEXT[rule]}` : RULE_TEXT[rule];
}

export function readTerm(term: Term): string {
  const amount = term.amount ?? 0;
  switch (term.unit) {
    case 'hours':
      return amount < 1 ? `${Math.round(amount * 60)} 分钟` : `${amount} 小时`;
    case 'natural_days':
      return `${amount} 日${term.roll ? '（末日遇法定休假日顺延）' : ''}`;
    case 'working_days':
      return `${amount} 个工作日`;
    case 'until':
      return `${term.date ?? ''} 24:00 前`;
    case 'every':
      return amount % 24 === 0 ? (amount === 24 ? '每天一次' : `每 ${amount / 24} 天一次`) : `每 ${amount} 小时一次`;
  }
}

/** `赣寻府办〔2020〕1号 四（二）`: where a duty is written. */
export function readBasis(basis: { document: string; number: string; article: string }): string {
  return [basis.document, basis.number, basis.article].filter(Boolean).join(' ');
}

/** `reason：至少 2 个字` reads `理由：至少 2 个字`. */
export function withLabel(sentence: string, field: string | null, label: string): string {
  return field !== null && sentence.startsWith(`${field}：`) ? `${label}${sentence.slice(field.length)}` : sentence;
}
