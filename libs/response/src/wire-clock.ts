import { type Allowance, beijingIso, extensionRefusal, maskText, suspensionRefusal, type WireCaseSummary, type WireClock } from '@app/domain';
import type { CaseRow } from './case-row';
import type { StoredClock } from './clock-row';
import { isoOrNull } from './wire-instant';

export type SummaryRow = CaseRow & {
  departmentName: string | null;
  departmentRegion: string | null;
  sources: string[];
  openClocks: number;
  overdueClocks: number;
  nearestId: string | null;
  nextId: string | null;
};

export function toSummary(f: SummaryRow, nearest: WireClock | null, nextUp: WireClock | null): WireCaseSummary {
  const { id, code, level, caseClass, emergency, grade, category, topic, region, place, state, departmentId, departmentName, departmentRegion } =
    f;
  return {
    ...{ id, code, level, caseClass, emergency, grade, category, topic, region, place, state, departmentId, departmentName, departmentRegion },
    supporting: f.supporting,
    title: maskText(f.title),
    detectedAt: beijingIso(f.detectedAt),
    firstPublicAt: isoOrNull(f.firstPublicAt),
    lateDetection: f.lateDetection,
    dead: f.dead,
    injured: f.injured,
    itemCount: f.itemCount,
    sourceCount: f.sourceCount,
    sources: f.sources,
    secondRing: f.trigger !== null,
    needsReview: f.needsReview,
    demo: f.demo,
    nearest,
    nextUp,
    openClocks: f.openClocks,
    overdueClocks: f.overdueClocks,
    version: Number(f.version),
  };
}

/** @param leadId of the case: whose term it is where it is no unit's own */
export function toWireClock(c: StoredClock, leadId: string | null): WireClock {
  const { id, caseId, duty, title, state, provisional, targetMet, ruleVersion, rule } = c;
  return {
    ...{ id, caseId, duty, title, state, provisional, targetMet, ruleVersion, unitPart: c.unitPart, departmentId: c.departmentId ?? leadId },
    anchorAt: beijingIso(c.anchorAt),
    targetAt: isoOrNull(c.targetAt),
    dueAt: beijingIso(c.dueAt),
    metAt: isoOrNull(c.metAt),
    quote: rule.quote,
    document: rule.document,
    number: rule.number,
    article: rule.article,
    metByKinds: rule.metBy,
    maySuspend: allowance(suspensionRefusal(c)),
    mayExtend: allowance(extensionRefusal(c)),
  };
}

function allowance(reason: string | null): Allowance {
  return { allowed: reason === null, reason };
}
