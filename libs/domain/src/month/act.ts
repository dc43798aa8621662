import type { EvidenceKind } from '../rule';
import type { CaseThen } from './case-then';
import type { CaseHistory, EvidenceRecord, Ms } from './history';
import { monthOf } from './span';

/** Acts whose time is measured. */
export const TIMED_ACTS = ['signFor', 'firstRelease', 'pressConference', 'settle'] as const;
/** Acts that are counted. */
export const COUNTED_ACTS = ['started', 'overrides', 'raised', 'lowered', 'falseAlarms', 'lateEntries', 'missedIntervals'] as const;
export type TimedAct = (typeof TIMED_ACTS)[number];
export type CountedAct = (typeof COUNTED_ACTS)[number];

/** What was done for a case in one month. */
export interface ActFact {
  act: TimedAct | CountedAct;
  month: string;
  /** How often; 1 for what is measured. */
  n: number;
  /** Full minutes it took, from 交办 for the 签收, from the detection for the others; null for what is counted. */
  minutes: number | null;
  /** The unit that did it; null: that of the case. */
  departmentId: string | null;
}

const PUBLIC_KINDS: readonly EvidenceKind[] = ['release', 'press-conference', 'clarification'];
const MINUTE = 60_000;

/** The acts of a case. `h` holds what had been recorded by the cut-off, `then` the case as it stood. */
export function actsOf(h: CaseHistory, then: CaseThen): ActFact[] {
  return [...countedActs(h, then), ...(then.merged ? [] : timedActs(h))];
}

function countedActs(h: CaseHistory, then: CaseThen): ActFact[] {
  const acts: ActFact[] = [];
  const put = (act: CountedAct, at: Ms): void => {
    const month = monthOf(at);
    const known = acts.find((a) => a.act === act && a.month === month);
    if (known) known.n++;
    else acts.push({ act, month, n: 1, minutes: null, departmentId: null });
  };
  for (const c of h.clocks) put('started', c.recordedAt);
  for (const e of h.events) {
    if (e.kind === 'overridden') put('overrides', e.recordedAt);
    else if (e.kind === 'rejected') put('falseAlarms', e.recordedAt);
    else if (e.kind === 'interval-missed') put('missedIntervals', e.recordedAt);
    else if (e.kind === 'clock-met' && e.data['lateEntry'] === true) put('lateEntries', e.recordedAt);
  }
  for (const at of then.raised) put('raised', at);
  for (const at of then.lowered) put('lowered', at);
  return acts;
}

function timedActs(h: CaseHistory): ActFact[] {
  const acts: ActFact[] = [];
  const measure = (act: TimedAct, from: Ms, at: Ms, departmentId: string | null = null): void => {
    acts.push({ act, month: monthOf(at), n: 1, minutes: Math.max(0, Math.floor((at - from) / MINUTE)), departmentId });
  };
  const first = { firstRelease: Infinity, pressConference: Infinity, settle: Infinity };
  for (const e of h.evidence) {
    if (e.kind === 'receipt') {
      const before = lastHanded(h, e);
      if (before !== null) measure('signFor', before, e.happenedAt, e.departmentId);
      continue;
    }
    if (PUBLIC_KINDS.includes(e.kind)) first.firstRelease = Math.min(first.firstRelease, e.happenedAt);
    if (e.kind === 'press-conference') first.pressConference = Math.min(first.pressConference, e.happenedAt);
    if (e.kind === 'settlement') first.settle = Math.min(first.settle, e.happenedAt);
  }
  for (const act of ['firstRelease', 'pressConference', 'settle'] as const) {
    if (first[act] < Infinity) measure(act, h.detectedAt, first[act]);
  }
  return acts;
}

/** The last 交办 before the receipt, of a unit's receipt its own one (also 补充交办); null: there was none. */
function lastHanded(h: CaseHistory, receipt: EvidenceRecord): Ms | null {
  let last: Ms | null = null;
  for (const e of h.events) {
    if (e.kind !== 'assigned' && e.kind !== 'supported') continue;
    // A receipt of before units were kept answers the last 交办 of the case.
    const own = receipt.departmentId === null ? e.kind === 'assigned' : e.data['departmentId'] === receipt.departmentId;
    if (own && e.at <= receipt.happenedAt && (last === null || e.at > last)) last = e.at;
  }
  return last;
}
