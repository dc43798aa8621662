import { cut, beijingIso, type DepartmentProposal, isLateDetection, planDuties, shortestTermMs } from '@app/domain';
import { rows } from '@app/storage';
import type { EntityManager } from 'typeorm';
import type { Incoming } from './case-intake.service';
import { publicTime } from './case-opening';
import type { CaseRow } from './case-row';
import { type NewEvent, SYSTEM } from './event-log';
import type { Lawbook } from './lawbook.service';

/** A locked case and the items that joined it, in the order they came. */
export interface Joined {
  before: CaseRow;
  /** By `joinedCase`, item by item. */
  after: CaseRow;
  items: Incoming[];
}

/** The case as it stands with one more report. @param c with the labels that hold now */
export function joinedCase(c: CaseRow, incoming: Incoming): CaseRow {
  const { region, place, proposal } = incoming;
  const placeUnknown = (c.place?.relation ?? 'unknown') === 'unknown';
  return {
    ...c,
    firstPublicAt: earlier(c.firstPublicAt, publicTime(incoming)),
    region: c.region ?? region,
    place: placeUnknown ? (place ?? c.place) : c.place,
    proposal: isBetter(c, proposal) ? proposal : c.proposal,
  };
}

/** A later report that points more clearly to a department corrects the proposal, until somebody has assigned the case. */
function isBetter(c: CaseRow, proposal: DepartmentProposal[] | undefined): proposal is DepartmentProposal[] {
  return c.departmentId === null && (proposal?.[0]?.score ?? 0) > (c.proposal[0]?.score ?? 0);
}

function earlier(a: Date | null, b: Date | null): Date | null {
  return a === null ? b : b === null ? a : a.getTime() <= b.getTime() ? a : b;
}

/** Writes what the items changed at their cases: one statement for all. */
export async function writeJoined(manager: EntityManager, laws: Lawbook, joined: readonly Joined[], now: Date): Promise<void> {
  const given = joined.map(({ before, after, items }) => ({
    ...{ id: before.id, level: after.level, case_class: after.caseClass, emergency: after.emergency, grade: after.grade },
    ...{ category: after.category, dead: after.dead, injured: after.injured, needs_review: after.needsReview },
    ...{ first_public_at: after.firstPublicAt, late: isLate(laws, after), region: after.region, place: after.place },
    ...{ proposal: after.proposal, items: items.length, sources: items.map((i) => i.sourceName) },
  }));
  await rows(
    manager,
    `update case_file f set level = j.level, case_class = j.case_class, emergency = j.emergency, grade = j.grade, category = j.category,
       dead = j.dead, injured = j.injured, needs_review = j.needs_review, first_public_at = j.first_public_at,
       late_detection = f.late_detection or j.late, changed_at = $2, item_count = f.item_count + j.items, version = f.version + 1,
       source_count = (select count(*) from (
         select source_name from item where case_id = f.id union select json_array_elements_text(j.sources)) s),
       region = j.region, place = j.place, proposal = j.proposal
     from json_to_recordset($1::json) as j(id bigint, level text, case_class text, emergency boolean, grade text, category text,
       dead int, injured int, needs_review boolean, first_public_at timestamptz, late boolean, region text, place jsonb,
       proposal jsonb, items int, sources json)
     where f.id = j.id`,
    [JSON.stringify(given), now],
  );
}

function isLate(laws: Lawbook, c: CaseRow): boolean {
  const anchors = { detected: c.detectedAt, first_public: c.firstPublicAt };
  return isLateDetection(c.firstPublicAt, c.detectedAt, shortestTermMs(planDuties(laws.book, c.caseClass, anchors, laws.calendar)));
}

/** An event for each item that joined. */
export function joinedEvents({ before, items }: Joined): NewEvent[] {
  let { region, firstPublicAt } = before;
  return items.map((incoming) => {
    const first = earlier(firstPublicAt, publicTime(incoming));
    const data = {
      ...{ itemId: incoming.itemId, source: incoming.sourceName, official: incoming.official },
      // What the case did not know before, for who reads it back to an earlier day.
      ...(region === null && incoming.region !== null ? { region: incoming.region } : {}),
      ...(first !== null && first !== firstPublicAt ? { firstPublicAt: beijingIso(first) } : {}),
    };
    region ??= incoming.region;
    firstPublicAt = first;
    const summary = `${incoming.official ? '官方发布' : '新报道'}并入：${cut(incoming.title, 120)}`;
    return { caseId: before.id, kind: 'item-joined', at: incoming.fetchedAt, actor: SYSTEM, summary, data };
  });
}
