import { beijingDate, beijingText, parseInstant } from '../beijing';
import { PART_TEXT, TASK_STATE_TEXT, termText, type UnitPart } from '../ledger';
import { maskText } from '../masking';
import { TRIGGER_NAMES } from '../rule';
import { TASK_STATES, type WireLedger, type WireLedgerTask, type WireMatter, type WireUnitProgress } from '../wire-matter';
import { chineseNumber, dayText, type Cellular, type ReportBlock, type ReportColumn, type ReportDocument, shareText } from './document';

const left = (title: string, weight: number): ReportColumn => ({ title, weight, align: 'left' });
const right = (title: string, weight: number): ReportColumn => ({ title, weight, align: 'right' });

/** 任务台账 with its progress: by unit, then task by task with every term and every limit. */
export function ledgerDocument(ledger: WireLedger & { list: readonly WireLedgerTask[]; units: readonly WireUnitProgress[] }, issuer: string, madeAt: Date): ReportDocument {
  let n = 0;
  const heading = (text: string): ReportBlock => ({ kind: 'heading', level: 1, text: `${chineseNumber(++n)}、${text}` });
  const counts = TASK_STATES.map((s) => `${TASK_STATE_TEXT[s]}${ledger.list.filter((t) => t.state === s).length}项`).join('，');
  const document = `《${ledger.title}》${ledger.number === '' ? '' : `（${ledger.number}）`}`;
  return {
    title: `任务台账\n办理进度`,
    issuer,
    date: dayText(beijingDate(madeAt)),
    ...{ number: null, addressee: null },
    about: `${document}；截至${beijingText(madeAt)}（北京时间）已登记的记录。`,
    blocks: [
      heading('总体进度'),
      { kind: 'paragraph', text: `${document}共分解任务${ledger.list.length}项：${counts}。` },
      heading('分单位进度'),
      {
        kind: 'table',
        caption: '分单位进度',
        columns: [left('单位', 5), right('任务', 2), right('牵头', 2), ...TASK_STATES.map((s) => right(TASK_STATE_TEXT[s], 2)), right('按期', 3)],
        rows: ledger.units.map((u) => [
          ...[u.unit, TASK_STATES.reduce((sum, s) => sum + u.states[s], 0), u.lead],
          ...TASK_STATES.map((s) => u.states[s]),
          u.onTime === null ? '—' : shareText(u.onTime.met, u.onTime.of),
        ]),
      },
      heading('任务清单'),
      {
        kind: 'table',
        caption: '任务清单',
        columns: [left('序号', 2), left('任务', 6), left('单位', 4), left('责任时限', 3), left('情况', 3), left('最后期限', 4)],
        rows: ledger.list.map((t): Cellular[] => [t.number, t.title, unitsText(t), t.terms.map(termText).join('；') || '未写明', TASK_STATE_TEXT[t.state], t.dueAt === null ? null : parseInstant(t.dueAt)]),
      },
    ],
  };
}

function unitsText(task: WireLedgerTask): string {
  const parts = Object.keys(PART_TEXT) as UnitPart[];
  return parts
    .map((part) => [PART_TEXT[part], task.units.filter((u) => u.part === part).map((u) => u.name)] as const)
    .filter(([, names]) => names.length > 0)
    .map(([name, names]) => `${name}：${names.join('、')}`)
    .join('；');
}

/** 承诺事项 as a list: what runs (or ended), from when and until when. */
export function mattersDocument(matters: readonly WireMatter[], closed: boolean, issuer: string, madeAt: Date): ReportDocument {
  const overdue = matters.filter((m) => m.nearest !== null && (parseInstant(m.nearest.dueAt)?.getTime() ?? Infinity) <= madeAt.getTime());
  return {
    title: `承诺事项清单`,
    issuer,
    date: dayText(beijingDate(madeAt)),
    ...{ number: null, addressee: null },
    about: `${closed ? '已完成或已终止' : '进行中'}的事项，截至${beijingText(madeAt)}（北京时间）已登记的记录。`,
    blocks: [
      { kind: 'paragraph', text: closed ? `共${matters.length}项。` : `共${matters.length}项，其中已超期${overdue.length}项。` },
      {
        kind: 'table',
        caption: '承诺事项清单',
        columns: [left('编号', 4), left('事项', 7), left('类型', 4), left('责任部门', 4), left('起算', 4), left('最迟时刻', 4), left('情况', 3)],
        rows: matters.map((m): Cellular[] => [
          ...[m.code, maskText(m.title), TRIGGER_NAMES[m.trigger], m.departmentName ?? '未定'],
          ...[parseInstant(m.triggeredAt), m.nearest === null ? null : parseInstant(m.nearest.dueAt)],
          overdue.includes(m) ? '已超期' : m.matter.times === undefined ? m.state : `已计${Math.min(m.done, m.matter.times)}/${m.matter.times}次`,
        ]),
      },
    ],
  };
}
