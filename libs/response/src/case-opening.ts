import { cut, beijingIso, type Circumstance, isLateDetection, planDuties, shortestTermMs } from '@app/domain';
import { CHANNELS, rows, sendHints } from '@app/storage';
import type { EntityManager } from 'typeorm';
import { newCaseAlert } from './case-alert';
import { takeCaseCodes } from './case-code';
import { CLASS_NAMES, classOf, firstLabels } from './case-grade';
import type { Incoming } from './case-intake.service';
import { startClocksOf } from './clock-book';
import { appendEvents, type NewEvent, SYSTEM } from './event-log';
import type { Lawbook } from './lawbook.service';
import { writeAlerts } from './outbox';
import { proposeSimilarOf } from './similar-book';

export interface Opening {
  /** From `reserveCaseIds`. */
  caseId: string;
  incoming: Incoming;
  circumstances: readonly Circumstance[];
}

export async function reserveCaseIds(manager: EntityManager, count: number): Promise<string[]> {
  const ids = await rows<{ id: string }>(
    manager,
    `select nextval(pg_get_serial_sequence('case_file', 'id')) as id from generate_series(1, $1)`,
    [count],
  );
  return ids.map((r) => r.id);
}

/** Writes cases with their first event, clocks and alerts: a handful of statements, however many they are. The calendar must be held. */
export async function openCases(
  manager: EntityManager,
  laws: Lawbook,
  openings: readonly Opening[],
  now: Date,
  receiptMinutes: number,
): Promise<void> {
  if (openings.length === 0) return;
  const codes = await takeCaseCodes(
    manager,
    openings.map((o) => o.incoming.fetchedAt),
  );
  const planned = openings.map((o, i) => planOpening(laws, o, codes[i] ?? ''));
  await insertCases(manager, planned, now);
  await appendEvents(manager, planned.map(openedEvent), now);
  await startClocksOf(manager, planned, now);
  await proposeSimilarOf(
    manager,
    planned.flatMap(({ caseId, incoming }) => (incoming.similar ?? []).map((s) => ({ ...s, of: caseId }))),
    now,
  );
  await writeAlerts(
    manager,
    planned.map(({ caseId, code, incoming, caseClass }) => newCaseAlert(caseId, code, incoming, caseClass, receiptMinutes)),
    now,
  );
  await sendHints(
    manager,
    CHANNELS.caseChanged,
    planned.map(({ caseId }) => caseId),
  );
}

type Planned = ReturnType<typeof planOpening>;

function planOpening(laws: Lawbook, { caseId, incoming, circumstances }: Opening, code: string) {
  const labels = firstLabels(incoming.label);
  const caseClass = classOf(labels);
  const firstPublicAt = publicTime(incoming);
  const anchors = { detected: incoming.fetchedAt, first_public: firstPublicAt };
  const plans = planDuties(laws.book, caseClass, anchors, laws.calendar, { circumstances });
  const late = isLateDetection(firstPublicAt, incoming.fetchedAt, shortestTermMs(plans));
  return { caseId, code, incoming, circumstances, labels, caseClass, firstPublicAt, plans, late };
}

async function insertCases(manager: EntityManager, planned: readonly Planned[], now: Date): Promise<void> {
  const given = planned.map(({ caseId, code, incoming, circumstances, labels, caseClass, firstPublicAt, late }) => ({
    ...{ id: caseId, code, title: cut(incoming.title, 300), summary: cut(incoming.text, 2000) },
    ...{ level: labels.level, case_class: caseClass, emergency: labels.emergency, grade: labels.grade },
    ...{ category: labels.category, topic: labels.topic, region: incoming.region, department_id: incoming.departmentId },
    ...{ dead: labels.dead, injured: labels.injured, needs_review: labels.needsReview, demo: incoming.demo },
    ...{ first_public_at: firstPublicAt, detected_at: incoming.fetchedAt, late_detection: late, circumstances },
    ...{ place: incoming.place ?? null, proposal: incoming.proposal ?? [] },
  }));
  await rows(
    manager,
    `insert into case_file (id, code, title, summary, level, case_class, emergency, grade, category, topic, region, department_id,
       dead, injured, needs_review, demo, first_public_at, detected_at, late_detection, item_count, source_count,
       circumstances, opened_at, changed_at, place, proposal)
     overriding system value
     select id, code, title, summary, level, case_class, emergency, grade, category, topic, region, department_id,
       dead, injured, needs_review, demo, first_public_at, detected_at, late_detection, 1, 1,
       array(select json_array_elements_text(circumstances)), $2, $2, place, proposal
     from json_to_recordset($1::json) as c(id bigint, code text, title text, summary text, level text, case_class text,
       emergency boolean, grade text, category text, topic text, region text, department_id text, dead int, injured int,
       needs_review boolean, demo boolean, first_public_at timestamptz, detected_at timestamptz, late_detection boolean,
       circumstances json, place jsonb, proposal jsonb)
     order by id`,
    [JSON.stringify(given), now],
  );
}

function openedEvent({ caseId, code, incoming, labels, caseClass, firstPublicAt, late }: Planned): NewEvent {
  return {
    caseId,
    kind: 'opened',
    at: incoming.fetchedAt,
    actor: SYSTEM,
    summary: `发现舆情，立案 ${code}（${CLASS_NAMES[caseClass]}）${late ? '，发现滞后' : ''}`,
    data: {
      itemId: incoming.itemId,
      // What the month reads back to: the row itself goes on changing.
      source: incoming.sourceName,
      departmentId: incoming.departmentId,
      region: incoming.region,
      caseClass,
      ...labels,
      firstPublicAt: firstPublicAt === null ? null : beijingIso(firstPublicAt),
      lateDetection: late,
      rules: incoming.label.rules,
    },
  };
}

/** When it became public; a time that is uncertain or lies in the future starts and judges nothing. */
export function publicTime(i: Incoming): Date | null {
  const usable = i.publishedAt !== null && i.publishedCertain && i.publishedAt.getTime() <= i.fetchedAt.getTime();
  return usable ? i.publishedAt : null;
}
