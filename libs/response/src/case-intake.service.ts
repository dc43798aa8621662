import { Inject, Injectable } from '@nestjs/common';
import {
  beijingIso,
  caseClassOf,
  type DepartmentProposal,
  isEnded,
  isLateDetection,
  type Circumstance,
  type Label,
  planDuties,
  shortestTermMs,
  type WirePlace,
} from '@app/domain';
import { SETTINGS, type Settings } from '@app/settings';
import { CHANNELS, readNow, row, sendHint } from '@app/storage';
import type { EntityManager } from 'typeorm';
import { isHot } from './case-heat';
import { lockCase } from './case-lock';
import type { CaseRow } from './case-row';
import { CLASS_NAMES, classOf, foldLabel, isRaise, type CaseLabels } from './case-grade';
import { closedRaiseAlert, flaresAlert, raisedAlert } from './case-alert';
import { openCases, publicTime, reserveCaseIds } from './case-opening';
import { addCircumstances } from './circumstance-change';
import { changeClass } from './class-change';
import { appendEvents, SYSTEM } from './event-log';
import { proposeEvidence } from './evidence-proposals.service';
import { Lawbook } from './lawbook.service';
import { writeAlerts } from './outbox';
import { SourceBook } from './source-book.service';
import { proposeSimilar, type SimilarCase } from './similar-book';

/** An item that intake has written and hands over inside its own transaction. */
export interface Incoming {
  itemId: string;
  title: string;
  text: string;
  label: Label;
  url: string | null;
  sourceName: string;
  /** As the source says it; unreadable: null. */
  publishedAt: Date | null;
  publishedCertain: boolean;
  fetchedAt: Date;
  /** The government's own voice: joins a case, never opens one. */
  official: boolean;
  demo: boolean;
  region: string | null;
  /** Where it is, by its text; absent: not looked for. */
  place?: WirePlace | null;
  /** The departments proposed for it. */
  proposal?: DepartmentProposal[];
  /** false: it joins a case but opens none (intake.focus). */
  mayOpen?: boolean;
  departmentId: string | null;
  /** e.g. 上级转办; default what the source says (`handedOnBy`). */
  circumstances?: readonly Circumstance[];
  /** The case that clustering found for it, or null. */
  joinCaseId: string | null;
  /** Other cases that may be about the same event: proposed to a person to merge. */
  similar?: readonly SimilarCase[];
}

export interface Taken {
  /** null: the item opens no case and joins none. */
  caseId: string | null;
  opened: boolean;
  /** The case rose to a higher class and got its duties. */
  raised: boolean;
}

/** Items become cases here, in the transaction that stores them. */
@Injectable()
export class CaseIntake {
  constructor(
    private readonly laws: Lawbook,
    private readonly sources: SourceBook,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Opens a case for the item or joins it to `joinCaseId`. Call it after the item's row is written; set item.case_id to
   * the returned id. @param begun what `begin` gave, where the transaction takes several items
   */
  async take(manager: EntityManager, incoming: Incoming, begun?: Date): Promise<Taken> {
    const now = begun ?? (await this.begin(manager));
    if (incoming.joinCaseId !== null) {
      const found = await lockCase(manager, incoming.joinCaseId);
      if (found) return this.join(manager, found, incoming, now);
    }
    if (!this.opens(incoming)) return { caseId: null, opened: false, raised: false };
    const [caseId] = await this.reserveIds(manager, 1);
    if (caseId === undefined) throw new Error('no id for the case');
    await this.openAll(manager, [{ caseId, incoming }], now);
    return { caseId, opened: true, raised: false };
  }

  /** Before the first item of a transaction: the calendar is held. @returns the database's now */
  async begin(manager: EntityManager): Promise<Date> {
    await this.laws.hold(manager);
    return readNow(manager);
  }

  /** Whether the item opens a case where it joins none. */
  opens({ label, official, mayOpen }: Pick<Incoming, 'label' | 'official' | 'mayOpen'>): boolean {
    return label.relevant && caseClassOf(label) !== null && !official && mayOpen !== false;
  }

  /** Ids of cases that will be opened in this transaction, so that later items can join them before they are written. */
  async reserveIds(manager: EntityManager, count: number): Promise<string[]> {
    return reserveCaseIds(manager, count);
  }

  /** Opens cases for items that join none, in a handful of statements for all of them; after `begin`. */
  async openAll(manager: EntityManager, openings: readonly { caseId: string; incoming: Incoming }[], now: Date): Promise<void> {
    const given = openings.map(({ caseId, incoming }) => ({ caseId, incoming, circumstances: this.circumstancesOf(incoming) }));
    await openCases(manager, this.laws, given, now, this.settings.alerts.receiptMinutes);
  }

  private async join(manager: EntityManager, c: CaseRow, incoming: Incoming, now: Date): Promise<Taken> {
    const labels = await this.labelsWith(manager, c, incoming);
    const to = classOf(labels);
    const raised = isRaise(c.caseClass, to) && !isEnded(c.state);
    const firstPublicAt = earlier(c.firstPublicAt, publicTime(incoming));
    await this.writeJoined(manager, c, labels, { to: raised ? to : c.caseClass, firstPublicAt, incoming, now });
    await appendEvents(
      manager,
      [
        {
          caseId: c.id,
          kind: 'item-joined',
          at: incoming.fetchedAt,
          actor: SYSTEM,
          summary: `${incoming.official ? '官方发布' : '新报道'}并入：${incoming.title.slice(0, 120)}`,
          data: {
            ...{ itemId: incoming.itemId, source: incoming.sourceName, official: incoming.official },
            // What the case did not know before, for who reads it back to an earlier day.
            ...(c.region === null && incoming.region !== null ? { region: incoming.region } : {}),
            ...(firstPublicAt !== null && firstPublicAt !== c.firstPublicAt ? { firstPublicAt: beijingIso(firstPublicAt) } : {}),
          },
        },
      ],
      now,
    );
    if (isRaise(c.caseClass, to) && !raised) {
      await writeAlerts(manager, [closedRaiseAlert(c, incoming, to)], now);
    }
    else if (c.closedAt !== null && !incoming.official) await writeAlerts(manager, [flaresAlert(c, incoming)], now);
    if (incoming.official) await proposeEvidence(manager, c.id, incoming, now);
    if (raised) await this.raise(manager, { ...c, ...labels, firstPublicAt }, c, now);
    await proposeSimilar(manager, c.id, incoming.similar ?? [], now);
    const after = { ...c, firstPublicAt, caseClass: raised ? to : c.caseClass };
    await addCircumstances(manager, this.laws, after, this.circumstancesOf(incoming), now);
    await sendHint(manager, CHANNELS.caseChanged, c.id);
    return { caseId: c.id, opened: false, raised };
  }

  private circumstancesOf(incoming: Incoming): readonly Circumstance[] {
    if (incoming.circumstances) return incoming.circumstances;
    return this.sources.find(incoming.sourceName)?.handedOnBy === undefined ? [] : ['transferred'];
  }

  /** The highest of the items; an ordinary case that many sources report at once is major by heat alone. */
  private async labelsWith(manager: EntityManager, c: CaseRow, incoming: Incoming): Promise<CaseLabels> {
    if (!incoming.label.relevant) return c;
    const labels = foldLabel(c, incoming.label);
    if (labels.level !== 'ordinary' || labels.override?.level !== undefined) return labels;
    const hot = await isHot(manager, c.id, incoming.itemId, this.settings.rules.heat, incoming.fetchedAt);
    return hot ? { ...labels, level: 'major' } : labels;
  }

  private async writeJoined(
    manager: EntityManager,
    c: CaseRow,
    labels: CaseLabels,
    to: { to: CaseRow['caseClass']; firstPublicAt: Date | null; incoming: Incoming; now: Date },
  ): Promise<void> {
    const anchors = { detected: c.detectedAt, first_public: to.firstPublicAt };
    const plans = planDuties(this.laws.book, to.to, anchors, this.laws.calendar);
    await row(
      manager,
      `update case_file set level = $2, case_class = $3, emergency = $4, grade = $5, category = $6, dead = $7, injured = $8,
         needs_review = $9, first_public_at = $10, late_detection = late_detection or $11, changed_at = $12,
         item_count = item_count + 1, version = version + 1,
         source_count = (select count(distinct source_name) from item where case_id = $1 or id = $13),
         region = coalesce(region, $14), place = case when coalesce(place ->> 'relation', 'unknown') = 'unknown' then coalesce($15, place) else place end,
         proposal = coalesce($16, proposal)
       where id = $1`,
      [
        c.id,
        labels.level,
        to.to,
        labels.emergency,
        labels.grade,
        labels.category,
        labels.dead,
        labels.injured,
        labels.needsReview,
        to.firstPublicAt,
        isLateDetection(to.firstPublicAt, c.detectedAt, shortestTermMs(plans)),
        to.now,
        to.incoming.itemId,
        ...[to.incoming.region, jsonOrNull(to.incoming.place), betterProposal(c, to.incoming.proposal)],
      ],
    );
  }

  /** A raise starts the new duties from the case's original anchors (RULES 4). */
  private async raise(manager: EntityManager, c: CaseRow, before: CaseRow, now: Date): Promise<void> {
    const to = classOf(c);
    const reason = `级别由${CLASS_NAMES[before.caseClass]}升为${CLASS_NAMES[to]}${figures(c)}`;
    await appendEvents(
      manager,
      [
        {
          caseId: c.id,
          kind: 'level-raised',
          at: now,
          actor: SYSTEM,
          summary: reason,
          data: { from: before.caseClass, to },
        },
      ],
      now,
    );
    await changeClass(manager, this.laws, c, to, now, { actor: SYSTEM, reason });
    await writeAlerts(manager, [raisedAlert(c, before, to, reason, now, this.settings.alerts.receiptMinutes)], now);
  }
}

/** A later report that points more clearly to a department corrects the proposal, until somebody has assigned the case. */
function betterProposal(c: CaseRow, proposal: DepartmentProposal[] | undefined): string | null {
  const better = c.departmentId === null && (proposal?.[0]?.score ?? 0) > (c.proposal[0]?.score ?? 0);
  return better ? JSON.stringify(proposal) : null;
}

function jsonOrNull(value: unknown): string | null {
  return value == null ? null : JSON.stringify(value);
}

function earlier(a: Date | null, b: Date | null): Date | null {
  return a === null ? b : b === null ? a : a.getTime() <= b.getTime() ? a : b;
}

function figures(c: CaseRow): string {
  const parts = [
    c.grade && `${c.grade}等级`,
    c.dead !== null && `死亡（含失踪）${c.dead}人`,
    c.injured !== null && `受伤${c.injured}人`,
  ];
  const shown = parts.filter(Boolean).join('，');
  return shown === '' ? '' : `（${shown}）`;
}
