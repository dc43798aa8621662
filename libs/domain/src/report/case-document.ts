import { cut } from '../cut';
import { beijingDate, beijingText } from '../beijing';
import { maskText } from '../masking';
import { CLASS_LABELS } from '../month';
import type { CaseClass } from '../label';
import { type Trigger, TRIGGER_NAMES } from '../rule';
import { chineseNumber, dayText, type ReportBlock, type ReportDocument } from './document';

/** A case as its 专报 tells it. */
export interface CaseBrief {
  code: string;
  title: string;
  summary: string;
  caseClass: CaseClass;
  topic: string;
  placeName: string | null;
  departmentName: string | null;
  supporting: string[];
  state: string;
  detectedAt: Date;
  firstPublicAt: Date | null;
  dead: number | null;
  injured: number | null;
  reports: number;
  sources: number;
  events: { at: Date; summary: string }[];
  duties: { title: string; dueAt: Date; stateText: string }[];
  responses: { kindText: string; title: string; at: Date; speaker: string | null }[];
  /** Of a matter of the second ring: what started it; null for a 舆情. */
  matter: { trigger: Trigger; startedAt: Date; number: string | null } | null;
}

/** 专报: one case for the leaders. Texts are masked. */
export function caseDocument(c: CaseBrief, issuer: string, madeAt: Date): ReportDocument {
  let n = 0;
  const heading = (text: string): ReportBlock => ({ kind: 'heading', level: 1, text: `${chineseNumber(++n)}、${text}` });
  const toll = [c.dead === null ? null : `死亡（含失踪）${c.dead}人`, c.injured === null ? null : `受伤${c.injured}人`].filter(Boolean).join('，');
  return {
    title: `关于“${shorter(maskText(c.title))}”的\n${c.matter ? '办理情况报告' : '舆情专报'}`,
    issuer,
    date: dayText(beijingDate(madeAt)),
    ...{ number: null, addressee: null },
    about: `编号${c.code}；截至${beijingText(madeAt)}（北京时间）已登记的记录。`,
    blocks: [
      heading('基本情况'),
      c.matter ? { kind: 'paragraph', text: matterText(c.matter) } : { kind: 'paragraph', text: `${beijingText(c.detectedAt)}发现${c.firstPublicAt ? `（首次公开：${beijingText(c.firstPublicAt)}）` : ''}。${CLASS_LABELS[c.caseClass]}，领域：${c.topic}${c.placeName ? `，地点：${c.placeName}` : ''}${toll ? `；${toll}` : ''}。收录报道${c.reports}条、来源${c.sources}个。` },
      ...(c.summary.trim() === '' ? [] : [{ kind: 'paragraph' as const, text: cut(maskText(c.summary), 600) }]),
      { kind: 'paragraph', text: `主办：${c.departmentName ?? '未交办'}${c.supporting.length > 0 ? `；协办：${c.supporting.join('、')}` : ''}。当前状态：${c.state}。` },
      heading('时限'),
      {
        kind: 'table',
        caption: '各项时限',
        columns: [
          { title: '时限', weight: 4, align: 'left' },
          { title: '最迟时刻', weight: 4, align: 'left' },
          { title: '情况', weight: 4, align: 'left' },
        ],
        rows: c.duties.map((d) => [d.title, d.dueAt, d.stateText]),
      },
      heading('回应'),
      ...(c.responses.length === 0
        ? [{ kind: 'paragraph' as const, text: '尚未登记回应。' }]
        : c.responses.map((r): ReportBlock => ({ kind: 'paragraph', text: `${beijingText(r.at)}，${r.kindText}：${maskText(r.title)}${r.speaker ? `（发言人：${r.speaker}）` : ''}。` }))),
      heading('处置经过'),
      ...c.events.map((e): ReportBlock => ({ kind: 'paragraph', text: `${beijingText(e.at)}，${maskText(e.summary)}。`.replace('。。', '。') })),
    ],
  };
}

function matterText({ trigger, startedAt, number }: NonNullable<CaseBrief['matter']>): string {
  return `事项类型：${TRIGGER_NAMES[trigger]}${number ? `；文号：${number}` : ''}。自${beijingText(startedAt)}起算。`;
}

function shorter(title: string): string {
  return title.length > 30 ? `${cut(title, 29)}…` : title;
}
