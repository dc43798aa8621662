import type { Clock } from './clock';
import { OFFICES, type Ladder, type LadderRung, type Office } from './rule';

/** One rung with its absolute instant. Repeats have ids `daily#1`, `daily#2` … after the first `daily`. */
export interface PlannedRung {
  /** Unique within (clock, revision). */
  rung: string;
  rungAt: Date;
  audience: Office[];
  severity: LadderRung['severity'];
  kind: RungKind;
  of: 'target' | 'limit';
  receiptMinutes?: number;
  /** Set on the first of a repeating rung. */
  repeatMinutes?: number;
}

/** `warn` before the instant it counts from, `breach` at it or later, `repeat` the repetitions. */
export type RungKind = 'warn' | 'breach' | 'repeat';

export type LadderClock = Pick<Clock, 'ladder' | 'anchorAt' | 'targetAt' | 'dueAt'>;

const SEVERITIES = ['info', 'warning', 'critical'] as const;

/**
 * The rungs of a clock, by instant. Every instant is absolute from anchor, target and due: a late sweep never
 * shifts the chain. A breach of the limit always has a rung, and so has a missed target: where the ladder names
 * none, `due` and `target` reach everybody whom the ladder names before them.
 * Repeats are unbounded and not listed: `repeatsBetween` gives them.
 */
export function planLadder(clock: LadderClock): PlannedRung[] {
  const rungs = clock.ladder.rungs
    .filter((r) => r.of !== 'target' || clock.targetAt !== null)
    .map((r) => placeRung(r, clock));
  if (clock.targetAt && !rungs.some((r) => r.of === 'target' && r.kind === 'breach')) {
    rungs.push(impliedRung('target', clock.targetAt, clock.ladder, 'warning'));
  }
  if (!rungs.some((r) => r.of === 'limit' && r.rungAt.getTime() === clock.dueAt.getTime())) {
    rungs.push(impliedRung('limit', clock.dueAt, clock.ladder, 'critical'));
  }
  return rungs.sort((a, b) => a.rungAt.getTime() - b.rungAt.getTime());
}

/** Repetitions of a rung with instants in (after, until], in order. */
export function repeatsBetween(rung: PlannedRung, after: Date | null, until: Date): PlannedRung[] {
  if (rung.repeatMinutes === undefined) return [];
  const step = rung.repeatMinutes * 60_000;
  const base = rung.rungAt.getTime();
  const first = after === null ? 1 : Math.max(1, Math.floor((after.getTime() - base) / step) + 1);
  const repeats: PlannedRung[] = [];
  for (let k = first; base + k * step <= until.getTime(); k++) {
    repeats.push({ ...rung, rung: `${rung.rung}#${k}`, rungAt: new Date(base + k * step), kind: 'repeat' });
  }
  return repeats;
}

/** The first instant after `after` at which any rung or repetition stands; null when none will. */
export function firstInstantAfter(rungs: PlannedRung[], after: Date): Date | null {
  let next = Infinity;
  for (const rung of rungs) {
    const at = rung.rungAt.getTime();
    if (at > after.getTime()) next = Math.min(next, at);
    else if (rung.repeatMinutes !== undefined) {
      const step = rung.repeatMinutes * 60_000;
      next = Math.min(next, at + (Math.floor((after.getTime() - at) / step) + 1) * step);
    }
  }
  return next === Infinity ? null : new Date(next);
}

/** The offices above the highest of these: whom a missing receipt or an empty office reaches next. */
export function nextOffice(audience: readonly Office[]): Office | null {
  const highest = Math.max(-1, ...audience.map((o) => OFFICES.indexOf(o)));
  return OFFICES[highest + 1] ?? null;
}

export function worseSeverity(a: LadderRung['severity'], b: LadderRung['severity']): LadderRung['severity'] {
  return SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b) ? a : b;
}

function placeRung(r: LadderRung, clock: LadderClock): PlannedRung {
  const of = r.of ?? 'limit';
  const end = of === 'target' && clock.targetAt ? clock.targetAt : clock.dueAt;
  const at =
    r.share !== undefined
      ? clock.anchorAt.getTime() + r.share * (end.getTime() - clock.anchorAt.getTime())
      : end.getTime() + (r.offsetMinutes ?? 0) * 60_000;
  return {
    rung: r.id,
    // A rung before the anchor (an offset longer than the term) stands at the anchor.
    rungAt: new Date(Math.max(Math.round(at), Math.min(clock.anchorAt.getTime(), end.getTime()))),
    audience: r.audience,
    severity: r.severity,
    kind: at < end.getTime() ? 'warn' : 'breach',
    of,
    ...(r.receiptMinutes === undefined ? {} : { receiptMinutes: r.receiptMinutes }),
    ...(r.repeatMinutes === undefined ? {} : { repeatMinutes: r.repeatMinutes }),
  };
}

function impliedRung(of: 'target' | 'limit', at: Date, ladder: Ladder, severity: LadderRung['severity']): PlannedRung {
  const named = new Set(ladder.rungs.flatMap((r) => r.audience));
  const audience = named.size === 0 ? [...OFFICES] : OFFICES.filter((o) => named.has(o));
  return { rung: of === 'target' ? 'target' : 'due', rungAt: at, audience, severity, kind: 'breach', of };
}
