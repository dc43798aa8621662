import type { ActFact, CaseFacts, Dims, DutyFact, DutyOutcome, MonthFigure } from '@app/domain';

/** Facts as arrays: a third of the size, and there is one for every case there ever was. The order is part of the format. */
type Code = [
  dims: [Dims['caseClass'], Dims['topic'], string, string, string, string],
  detected: [string, 0 | 1, 0 | 1, 0 | 1, number | null, 0 | 1] | null,
  duties: [string, string, string, number, number | null, DutyFact['fate'], 0 | 1 | null, number, string | null][],
  acts: [ActFact['act'], string, number, number | null, string | null][],
];
const bit = (yes: boolean): 0 | 1 => (yes ? 1 : 0);
const [TARGET_OPEN, PROVISIONAL, SUSPENDED, EXTENDED] = [1, 2, 4, 8];

export function encodeFacts(facts: CaseFacts): Code {
  const { dims: d, detected: c } = facts;
  return [
    [d.caseClass, d.topic, d.departmentId, d.region, d.sourceName, d.trigger],
    c && [c.month, bit(c.rejected), bit(c.closed), bit(c.lateDetection), c.lagMinutes, bit(c.demo)],
    facts.duties.map((k) => [
      ...([k.clockId, k.duty, k.title, k.dueAt, k.targetAt, k.fate] as const),
      k.targetMet === null ? null : bit(k.targetMet),
      (k.targetOpen ? TARGET_OPEN : 0) + (k.provisional ? PROVISIONAL : 0) + (k.suspended ? SUSPENDED : 0) + (k.extended ? EXTENDED : 0),
      k.departmentId,
    ]),
    facts.acts.map((a) => [a.act, a.month, a.n, a.minutes, a.departmentId]),
  ];
}

export function decodeFacts(caseId: string, [dims, detected, duties, acts]: Code): CaseFacts {
  const [caseClass, topic, departmentId, region, sourceName, trigger] = dims;
  return {
    caseId,
    dims: { trigger, caseClass, topic, departmentId, region, sourceName },
    detected: detected && {
      ...{ month: detected[0], rejected: detected[1] === 1, closed: detected[2] === 1 },
      ...{ lateDetection: detected[3] === 1, lagMinutes: detected[4], demo: detected[5] === 1 },
    },
    duties: duties.map(([clockId, duty, title, dueAt, targetAt, fate, met, flags, unit]) => ({
      ...{ clockId, departmentId: unit, duty, title, dueAt, targetAt, fate },
      targetMet: met === null ? null : met === 1,
      targetOpen: (flags & TARGET_OPEN) > 0,
      provisional: (flags & PROVISIONAL) > 0,
      suspended: (flags & SUSPENDED) > 0,
      extended: (flags & EXTENDED) > 0,
    })),
    acts: acts.map(([act, month, n, minutes, departmentId]) => ({ act, month, n, minutes, departmentId })),
  };
}

/**
 * Words that stand in the written facts of every case behind a figure (timesBehind of the domain): each of `all`, and one of
 * `any` where there are some. They stand in other cases too.
 */
export function wordsBehind(f: MonthFigure): { all: string[]; any: string[] } {
  const { duty, dutyTitle, act, caseClass, topic, departmentId, region, sourceName, trigger, outcome } = f;
  const all = [duty, dutyTitle, act, caseClass, topic, departmentId, region, sourceName, trigger].filter((w) => w !== undefined && w !== '');
  return { all: all.map((w) => JSON.stringify(w)), any: act === undefined ? (FATES_BEHIND[outcome ?? 'due'] ?? []).map((w) => JSON.stringify(w)) : [] };
}
const FATES_BEHIND: Partial<Record<DutyOutcome, DutyFact['fate'][]>> = {
  unjudged: ['cancelled', 'superseded', 'suspended'],
  metOnTime: ['met'],
  metLate: ['met_late'],
  overdue: ['breached', 'open'],
  overdueOpen: ['open'],
  cancelled: ['cancelled'],
  superseded: ['superseded'],
  suspended: ['suspended'],
};

/** By month that has ended: the facts of that month as they stood at its end; null: there were none then. */
export type Frozen = Record<string, CaseFacts | null>;

export const writeFacts = (facts: CaseFacts): string => JSON.stringify(encodeFacts(facts));

export function writeFrozen(frozen: Frozen): string | null {
  const months = Object.entries(frozen);
  if (months.length === 0) return null;
  return JSON.stringify(Object.fromEntries(months.map(([m, f]) => [m, f && encodeFacts(f)])));
}

export function readFacts(caseId: string, text: string): CaseFacts {
  return decodeFacts(caseId, JSON.parse(text) as Code);
}

export function readFrozen(caseId: string, text: string | null): Frozen {
  if (text === null) return {};
  const months = JSON.parse(text) as Record<string, Code | null>;
  return Object.fromEntries(Object.entries(months).map(([m, f]) => [m, f && decodeFacts(caseId, f)]));
}
