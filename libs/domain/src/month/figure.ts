import type { DutyOutcome, MonthFigure } from '../wire-month';
import { targetOf } from './book';
import { type DutyFact, isJudged } from './clock-then';
import { type CaseFacts, factsOfMonth } from './fact';
import type { Ms } from './history';

/**
 * How often a case counts in a figure of the month's report as of `asOf`; 0: it does not stand behind it. Of cases 1; of
 * duties and acts as many as it brings, so that over all cases the figure itself comes out.
 */
export function timesBehind(facts: CaseFacts, month: string, asOf: Ms, figure: MonthFigure): number {
  const own = factsOfMonth(facts, month);
  if (own === null || !inGroup(own, figure)) return 0;
  const { departmentId } = figure;
  const ofUnit = (unit: string | null): boolean => departmentId === undefined || (unit ?? own.dims.departmentId) === departmentId;
  if (figure.act !== undefined) return own.acts.reduce((n, a) => (a.act === figure.act && ofUnit(a.departmentId) ? n + a.n : n), 0);
  const { duty, dutyTitle, outcome, apart } = figure;
  if (duty === undefined && outcome === undefined && apart === undefined) return ofUnit(null) && own.detected !== null && isCase(own, figure) ? 1 : 0;
  const duties = own.duties.filter(
    (d) =>
      isJudged(d, asOf) &&
      ofUnit(d.departmentId) &&
      (duty === undefined || d.duty === duty) &&
      (dutyTitle === undefined || d.title === dutyTitle) &&
      (apart === undefined || d[apart]) &&
      (outcome === undefined || cameOut(d, outcome, asOf)),
  );
  return outcome === undefined ? Math.min(1, duties.length) : duties.length;
}

function inGroup({ dims }: CaseFacts, f: MonthFigure): boolean {
  return (
    dims.trigger === (f.trigger ?? '') &&
    (f.caseClass === undefined || dims.caseClass === f.caseClass) &&
    (f.topic === undefined || dims.topic === f.topic) &&
    (f.region === undefined || dims.region === f.region) &&
    (f.sourceName === undefined || dims.sourceName === f.sourceName)
  );
}

function isCase({ detected }: CaseFacts, { facet }: MonthFigure): boolean {
  if (detected === null) return false;
  switch (facet) {
    case undefined:
      return true;
    case 'open':
      return !detected.closed;
    case 'lag':
      return detected.lagMinutes !== null;
    case 'late':
      return detected.lateDetection;
    default:
      return detected[facet];
  }
}

function cameOut(d: DutyFact, outcome: DutyOutcome, asOf: Ms): boolean {
  switch (outcome) {
    case 'due':
      return true;
    case 'judged':
      return ['met', 'met_late', 'breached', 'open'].includes(d.fate);
    case 'unjudged':
      return ['cancelled', 'superseded', 'suspended'].includes(d.fate);
    case 'metOnTime':
      return d.fate === 'met';
    case 'metLate':
      return d.fate === 'met_late';
    case 'overdue':
      return d.fate === 'breached' || d.fate === 'open';
    case 'overdueOpen':
      return d.fate === 'open';
    case 'targetMet':
      return targetOf(d, asOf) === true;
    case 'targetMissed':
      return targetOf(d, asOf) === false;
    case 'targetJudged':
      return targetOf(d, asOf) !== null;
    default:
      return d.fate === outcome;
  }
}
