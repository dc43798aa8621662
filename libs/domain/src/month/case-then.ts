import { caseClassOf, type CaseClass, type Grade, type Level, type Topic } from '../label';
import type { CaseHistory, EventRecord, Ms } from './history';
import { MOVES, msOf } from './history';

/** By what the month is grouped; '' where a case has none. */
export interface Dims {
  /** What started it: '' a 舆情; else the trigger of a matter of the second ring (政务公开事项), counted apart. */
  trigger: string;
  caseClass: CaseClass;
  topic: Topic;
  departmentId: string;
  region: string;
  sourceName: string;
}

/** A case as it stood at the cut-off. */
export interface CaseThen extends Dims {
  rejected: boolean;
  closed: boolean;
  /** Part of another case (合并): no case of its own. */
  merged: boolean;
  lateDetection: boolean;
  /** Full minutes from the first known publication to the detection; null while no publication is known. */
  lagMinutes: number | null;
  raised: Ms[];
  lowered: Ms[];
}

const RANK: Record<CaseClass, number> = { ordinary: 0, major: 1, emergency: 2 };
const MINUTE = 60_000;

/** Reads a case back to the cut-off. `h` holds what had been recorded by then. */
export function caseThen(h: CaseHistory): CaseThen {
  const opened = h.events.find((e) => e.kind === 'opened')?.data ?? {};
  const then: CaseThen & Known = {
    trigger: textOf(opened['trigger']),
    caseClass: (opened['caseClass'] as CaseClass | undefined) ?? 'ordinary',
    topic: (opened['topic'] as Topic | undefined) ?? '其他',
    departmentId: firstDepartment(h, opened),
    region: textOf('region' in opened ? opened['region'] : h.region),
    sourceName: h.sourceName,
    rejected: false,
    closed: false,
    merged: false,
    lateDetection: opened['lateDetection'] === true,
    lagMinutes: null,
    raised: [],
    lowered: [],
    firstPublicAt: msOf(opened['firstPublicAt']),
    reopenedAt: null,
  };
  for (const e of h.events) apply(then, e, h);
  const { reopenedAt } = then;
  then.closed ||= h.evidence.some((e) => e.kind === 'settlement' && (reopenedAt === null || e.enteredAt > reopenedAt));
  const { firstPublicAt } = then;
  if (firstPublicAt !== null && firstPublicAt <= h.detectedAt) {
    then.lagMinutes = Math.floor((h.detectedAt - firstPublicAt) / MINUTE);
    then.lateDetection ||= publicTooLong(h, firstPublicAt);
  }
  return then;
}

/** What is needed on the way. */
interface Known {
  /** The first certain publication that was known. */
  firstPublicAt: Ms | null;
  reopenedAt: Ms | null;
}

function apply(then: CaseThen & Known, e: EventRecord, h: CaseHistory): void {
  switch (e.kind) {
    case 'item-joined':
      // A later report fills a place that was not known, or was public before the first one.
      if (then.region === '') then.region = textOf(e.data['region']);
      then.firstPublicAt = msOf(e.data['firstPublicAt']) ?? then.firstPublicAt;
      break;
    case 'level-raised':
      setClass(then, e.data['to'] as CaseClass, e.recordedAt);
      break;
    case 'overridden': {
      const to = e.data['to'] as { level: Level; emergency: boolean; grade: Grade | null; topic: Topic };
      setClass(then, caseClassOf(to) ?? then.caseClass, e.recordedAt);
      then.topic = to.topic;
      break;
    }
    case 'assigned':
      then.departmentId = textOf(e.data['departmentId']);
      break;
    case 'returned':
      if (e.data['part'] === 'lead') then.departmentId = '';
      break;
    case 'handed-over':
      then.departmentId = '';
      break;
    case 'rejected':
      then.rejected = then.closed = true;
      break;
    case 'outcome':
      then.closed = true;
      break;
    case 'reopened':
      then.rejected = then.closed = false;
      then.departmentId = '';
      then.reopenedAt = e.recordedAt;
      break;
    case 'merged':
    case 'unmerged':
      if (String(e.data['mergedId']) === h.id) then.merged = e.kind === 'merged';
      else if (e.kind === 'merged') takeOver(then, (e.data['after'] ?? {}) as Folded, e.recordedAt);
      else giveBack(then, mergeUndone(e, h), e.recordedAt);
      break;
  }
}

/** What a merge may change of the surviving case, of what the month asks for. */
interface Folded {
  caseClass?: CaseClass;
  departmentId?: string | null;
  region?: string | null;
  lateDetection?: boolean;
  firstPublicAt?: string | null;
}

function takeOver(then: CaseThen & Known, after: Folded, at: Ms): void {
  setClass(then, after.caseClass ?? then.caseClass, at);
  if ('departmentId' in after) then.departmentId = textOf(after.departmentId);
  if ('region' in after) then.region = textOf(after.region);
  then.lateDetection ||= after.lateDetection === true;
  if ('firstPublicAt' in after) then.firstPublicAt = msOf(after.firstPublicAt);
}

/** What the merge had changed that this event undoes. */
function mergeUndone(e: EventRecord, h: CaseHistory): { before?: Folded; after?: Folded } {
  const same = (m: EventRecord): boolean =>
    m.kind === 'merged' && m.data['mergedId'] === e.data['mergedId'] && m.recordedAt <= e.recordedAt;
  return h.events.findLast(same)?.data ?? {};
}

/** An undone merge takes back what nobody has changed since. */
function giveBack(
  then: CaseThen & Known,
  { before = {}, after = {} }: { before?: Folded; after?: Folded },
  at: Ms,
): void {
  if (then.caseClass === after.caseClass) setClass(then, before.caseClass ?? then.caseClass, at);
  if (then.departmentId === textOf(after.departmentId)) then.departmentId = textOf(before.departmentId);
  if (then.region === textOf(after.region)) then.region = textOf(before.region);
  if (then.lateDetection === after.lateDetection) then.lateDetection = before.lateDetection ?? then.lateDetection;
  if (then.firstPublicAt === msOf(after.firstPublicAt)) then.firstPublicAt = msOf(before.firstPublicAt);
}

function setClass(then: CaseThen, to: CaseClass, at: Ms): void {
  if (RANK[to] > RANK[then.caseClass]) then.raised.push(at);
  if (RANK[to] < RANK[then.caseClass]) then.lowered.push(at);
  then.caseClass = to;
}

/** Each 交办 tells whom the case belonged to before; without one it belongs where it belonged from the start. */
function firstDepartment(h: CaseHistory, opened: Record<string, unknown>): string {
  if ('departmentId' in opened) return textOf(opened['departmentId']);
  const first = h.events.find((e) => e.kind === 'assigned');
  return textOf(first ? first.data['from'] : h.departmentId);
}

/** Public for longer than a quarter of its shortest term when it was detected (RULES 3). */
function publicTooLong(h: CaseHistory, firstPublic: Ms): boolean {
  let shortest = Infinity;
  const moved = h.events.some((e) => MOVES.includes(e.kind));
  for (const c of h.clocks) {
    if (c.tellsLateness) shortest = Math.min(shortest, (moved ? firstDueAt(h, c.id, c.dueAt) : c.dueAt) - c.anchorAt);
  }
  return h.detectedAt - firstPublic > shortest / 4;
}

/** The limit with which the clock began. */
function firstDueAt(h: CaseHistory, clockId: string, now: Ms): Ms {
  if (!h.events.some((e) => e.clockId === clockId && MOVES.includes(e.kind))) return now;
  const started = h.events.find((e) => e.kind === 'clock-started' && e.clockId === clockId);
  return msOf(started?.data['dueAt']) ?? now;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
