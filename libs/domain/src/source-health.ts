import { beijingText } from './beijing';

/** What is known of a source when it is examined. */
export interface SourceFigures {
  now: Date;
  fails: number;
  fault: { kind: string; message: string } | null;
  /** Since when it is asked as it is defined now. */
  enrolledAt: Date;
  lastOkAt: Date | null;
  lastItemAt: Date | null;
  /** Runs in a row answered with 200 without any entry. */
  emptyRuns: number;
  certificateEndsAt: Date | null;
  /** New items of each of the last days, today and the source's first day aside. */
  daily: readonly number[];
}

export const SOURCE_FINDINGS = ['silent', 'no-items', 'failing', 'certificate'] as const;
export type SourceFindingKind = (typeof SOURCE_FINDINGS)[number];

export interface SourceFinding {
  kind: SourceFindingKind;
  /** What changed, for the duty officer. */
  sentence: string;
  since: Date | null;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Days of history from which a usual can be told. */
const LEAST_DAYS = 3;
/** Silence of so many usual gaps is told, but a night is no silence and a week always is. */
const GAPS = 6;
const LEAST_SILENCE_MS = 12 * HOUR_MS;
const MOST_SILENCE_MS = 7 * DAY_MS;
/** One empty or failed run may be the server's restart. */
const EMPTY_RUNS = 2;
const FAILED_RUNS = 3;
const CERTIFICATE_MS = 14 * DAY_MS;

/** New items on a usual day: the median, null while too few days are known. */
export function usualPerDay(daily: readonly number[]): number | null {
  if (daily.length < LEAST_DAYS) return null;
  const sorted = [...daily].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** What is wrong with a source now, each with a sentence on what changed, or that it never worked. */
export function judgeSource(f: SourceFigures): SourceFinding[] {
  return [silence(f), emptiness(f), failure(f), certificate(f)].filter((x) => x !== null);
}

/** 源静默: it answers, but one that usually speaks has said nothing new for much longer than it uses to. */
function silence({ now, lastItemAt, daily, fails, emptyRuns }: SourceFigures): SourceFinding | null {
  const usual = usualPerDay(daily);
  // What fails or is empty is told by its own finding.
  if (usual === null || usual < 1 || lastItemAt === null || fails > 0 || emptyRuns > 0) return null;
  const silent = now.getTime() - lastItemAt.getTime();
  if (silent < Math.min(Math.max((GAPS * DAY_MS) / usual, LEAST_SILENCE_MS), MOST_SILENCE_MS)) return null;
  const sentence = `源静默：平时每天约 ${rounded(usual)} 条，但自 ${beijingText(lastItemAt)} 起 ${span(silent)}没有新信息；抓取本身正常，请核实对方是否停更或改版。`;
  return { kind: 'silent', sentence, since: lastItemAt };
}

function emptiness({ emptyRuns, fails, fault, lastItemAt, lastOkAt }: SourceFigures): SourceFinding | null {
  const selector = fault?.kind === 'no-items' && fails >= EMPTY_RUNS;
  if (lastItemAt === null || (!selector && emptyRuns < EMPTY_RUNS)) return null;
  const sentence = selector
    ? `连续 ${fails} 次抓取不到条目：${fault.message}。此前正常（上次成功 ${told(lastOkAt)}），请用 check-source 核对选择器或路径。`
    : `连续 ${emptyRuns} 次返回正常（HTTP 200）但内容中一条信息也没有，此前有过（最近一条 ${told(lastItemAt)}），请核实对方是否改版或停用。`;
  return { kind: 'no-items', sentence, since: selector ? lastOkAt : lastItemAt };
}

function failure({ now, fails, fault, lastOkAt, lastItemAt, enrolledAt }: SourceFigures): SourceFinding | null {
  // What had entries before and has none now is told as such.
  if (fails < FAILED_RUNS || fault === null || (fault.kind === 'no-items' && lastItemAt !== null)) return null;
  const failing = now.getTime() - (lastOkAt ?? enrolledAt).getTime();
  if (failing < HOUR_MS) return null;
  const sentence =
    lastOkAt === null
      ? `自 ${beijingText(enrolledAt)} 添加或修改以来从未抓取成功，已连续失败 ${fails} 次：${fault.message}。请核对地址和选择器，或对方是否限制访问。`
      : `已连续 ${fails} 次抓取失败，${span(failing)}没有成功（上次成功 ${told(lastOkAt)}）：${fault.message}。`;
  return { kind: 'failing', sentence, since: lastOkAt ?? enrolledAt };
}

function certificate({ now, certificateEndsAt }: SourceFigures): SourceFinding | null {
  if (certificateEndsAt === null) return null;
  const left = certificateEndsAt.getTime() - now.getTime();
  if (left > CERTIFICATE_MS) return null;
  const sentence =
    left > 0
      ? `对方网站的 HTTPS 证书将于 ${told(certificateEndsAt)} 到期（剩 ${span(left)}），到期后将无法抓取，请提醒对方更换。`
      : `对方网站的 HTTPS 证书已于 ${told(certificateEndsAt)} 到期。`;
  return { kind: 'certificate', sentence, since: null };
}

const told = (at: Date | null): string => (at === null ? '从未' : beijingText(at));
const rounded = (n: number): string => (n >= 10 ? Math.round(n) : Math.round(n * 10) / 10).toString();

function span(ms: number): string {
  const hours = Math.floor(ms / HOUR_MS);
  return hours < 1 ? '不足 1 小时' : hours < 48 ? `${hours} 小时` : `${Math.floor(hours / 24)} 天`;
}
