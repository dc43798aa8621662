import { cut, beijingText, type FiredRung } from '@app/domain';
import { shortText } from './wire-instant';

/** What the text of a rung's alert is made of. */
export interface RungSubject {
  caseCode: string;
  caseTitle: string;
  /** Title of the duty. */
  title: string;
  /** Named where it is one unit's own term (签收). */
  unitName?: string | null;
  targetAt: Date | null;
  dueAt: Date;
}

/** One line for the bell. */
export function rungTitle(rung: Pick<FiredRung, 'kind' | 'of'>, s: RungSubject): string {
  return cut(`${headOf(rung)}${whose(s)}：${s.caseTitle}`, 200);
}

/** The whole sentence: case, duty, both instants, how far from them the rung stands. */
export function rungBody(rung: Pick<FiredRung, 'kind' | 'of' | 'rungAt'>, s: RungSubject): string {
  const end = rung.of === 'target' && s.targetAt !== null ? s.targetAt : s.dueAt;
  const minutes = Math.round((end.getTime() - rung.rungAt.getTime()) / 60_000);
  const distance =
    minutes > 0 ? `距届满还有${spanText(minutes)}` : minutes === 0 ? '已届满' : `已逾期${spanText(-minutes)}`;
  const target = s.targetAt === null ? '' : `力争 ${beijingText(s.targetAt)}，`;
  return `事件 ${s.caseCode}，${whose(s)}：${target}最迟 ${beijingText(s.dueAt)}，${distance}。`;
}

/** The line of the timeline. */
export function rungSummary(rung: Pick<FiredRung, 'kind' | 'of' | 'rung'>, s: RungSubject): string {
  const end = rung.of === 'target' && s.targetAt !== null ? s.targetAt : s.dueAt;
  const what =
    rung.kind === 'warn'
      ? '临期预警'
      : rung.kind === 'repeat'
        ? '逾期重复预警'
        : rung.of === 'target'
          ? '力争时限已过'
          : '逾期';
  return `${what}：${whose(s)}（${rung.of === 'target' ? '力争' : '最迟'} ${shortText(end)}）`;
}

function whose(s: Pick<RungSubject, 'title' | 'unitName'>): string {
  return s.unitName ? `${s.unitName}${s.title}` : s.title;
}

function headOf(rung: Pick<FiredRung, 'kind' | 'of'>): string {
  if (rung.kind === 'warn') return rung.of === 'target' ? '【力争时限临近】' : '【即将到期】';
  if (rung.kind === 'repeat') return '【仍未回应】';
  return rung.of === 'target' ? '【力争时限已过】' : '【已逾期】';
}

/** `2小时30分钟`, `3天4小时`: the two largest units. */
export function spanText(minutes: number): string {
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  const parts = [days && `${days}天`, hours && `${hours}小时`, rest && `${rest}分钟`].filter(Boolean);
  return parts.slice(0, 2).join('') || '不到1分钟';
}
