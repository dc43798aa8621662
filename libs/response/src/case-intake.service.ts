import { Inject, Injectable } from '@nestjs/common';
import { caseClassOf, type DepartmentProposal, isEnded, type Circumstance, type Label, type WirePlace } from '@app/domain';
import { SETTINGS, type Settings } from '@app/settings';
import { CHANNELS, readNow, sendHint, sendHints } from '@app/storage';
import type { EntityManager } from 'typeorm';
import { isHot, warmSources } from './case-heat';
import { type Joined, joinedCase, joinedEvents, writeJoined } from './case-join';
import { lockCase, lockCases } from './case-lock';
import type { CaseRow } from './case-row';
import { CLASS_NAMES, classOf, foldLabel, isRaise, type CaseLabels } from './case-grade';
import { closedRaiseAlert, flaresAlert, raisedAlert } from './case-alert';
import { openCases, reserveCaseIds } from './case-opening';
import { addCircumstances } from './circumstance-change';
import { changeClass } from './class-change';
import { appendEvents, SYSTEM } from './event-log';
import { proposeEvidence } from './evidence-proposals.service';
import { Lawbook } from './lawbook.service';
import { writeAlerts } from './outbox';
import { SourceBook } from './source-book.service';
import { proposeSimilar, proposeSimilarOf, type SimilarCase } from './similar-book';

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

  /**
   * Joins items of one moment to their cases, in the order given. Those after which nothing follows but new figures of the
   * case (nearly all) are written together, in a handful of statements however many they are.
   */
  async joinAll(manager: EntityManager, given: readonly Incoming[], now: Date): Promise<Taken[]> {
    if (given.length === 0) return [];
    const ids = [...new Set(given.flatMap((i) => i.joinCaseId ?? []))];
    const known = await lockCases(manager, ids);
    const earliest = new Date(Math.min(...given.map((i) => i.fetchedAt.getTime())));
    const warm = await warmSources(manager, ids, this.settings.rules.heat, earliest);
    const plain = new Map<string, Joined>();
    const done: Taken[] = [];
    for (const incoming of given) {
      const c = known.get(incoming.joinCaseId ?? '');
      const after = c === undefined ? null : this.planJoin(c, incoming, warm.get(c.id));
      if (c !== undefined && after !== null) {
        const joined = plain.get(c.id) ?? { before: c, after, items: [] };
        plain.set(c.id, { ...joined, after, items: [...joined.items, incoming] });
        known.set(c.id, after);
        if (incoming.label.relevant) warm.set(c.id, (warm.get(c.id) ?? new Set()).add(incoming.sourceName));
        done.push({ caseId: c.id, opened: false, raised: false });
        continue;
      }
      await this.writePlain(manager, [...plain.values()], now);
      plain.clear();
      const taken = await this.take(manager, incoming, now);
      done.push(taken);
      for (const [id, fresh] of await lockCases(manager, [taken.caseId, incoming.joinCaseId].filter((id) => id !== null))) known.set(id, fresh);
    }
    await this.writePlain(manager, [...plain.values()], now);
    return done;
  }

  /** The case with one more report; null where more follows from it than new figures. */
  private planJoin(c: CaseRow, incoming: Incoming, warm: ReadonlySet<string> | undefined): CaseRow | null {
    if (incoming.official || c.closedAt !== null) return null;
    if (this.circumstancesOf(incoming).some((x) => !c.circumstances.includes(x))) return null;
    const labels = incoming.label.relevant ? foldLabel(c, incoming.label) : c;
    if (isRaise(c.caseClass, classOf(labels))) return null;
    const mayWarm = incoming.label.relevant && labels.level === 'ordinary' && labels.override?.level === undefined;
    const sources = (warm?.size ?? 0) + (warm?.has(incoming.sourceName) ? 0 : 1);
    // Counted exactly where the case is taken by itself.
    if (mayWarm && sources >= this.settings.rules.heat.sources) return null;
    return joinedCase({ ...c, ...labels }, incoming);
  }

  private async writePlain(manager: EntityManager, joined: readonly Joined[], now: Date): Promise<void> {
    if (joined.length === 0) return;
    await writeJoined(manager, this.laws, joined, now);
    await appendEvents(manager, joined.flatMap(joinedEvents), now);
    const similar = joined.flatMap(({ before, items }) => items.flatMap((i) => (i.similar ?? []).map((s) => ({ ...s, of: before.id }))));
    await proposeSimilarOf(manager, similar, now);
    await sendHints(manager, CHANNELS.caseChanged, joined.map((j) => j.before.id));
  }

  private async join(manager: EntityManager, c: CaseRow, incoming: Incoming, now: Date): Promise<Taken> {
    const labels = await this.labelsWith(manager, c, incoming);
    const to = classOf(labels);
    const raised = isRaise(c.caseClass, to) && !isEnded(c.state);
    const after = joinedCase({ ...c, ...labels, caseClass: raised ? to : c.caseClass }, incoming);
    const { firstPublicAt } = after;
    const joined = { before: c, after, items: [incoming] };
    await writeJoined(manager, this.laws, [joined], now);
    await appendEvents(manager, joinedEvents(joined), now);
    if (isRaise(c.caseClass, to) && !raised) {
      await writeAlerts(manager, [closedRaiseAlert(c, incoming, to)], now);
    }
    else if (c.closedAt !== null && !incoming.official) await writeAlerts(manager, [flaresAlert(c, incoming)], now);
    if (incoming.official) await proposeEvidence(manager, c.id, incoming, now);
    if (raised) await this.raise(manager, { ...c, ...labels, firstPublicAt }, c, now);
    await proposeSimilar(manager, c.id, incoming.similar ?? [], now);
    await addCircumstances(manager, this.laws, { ...c, firstPublicAt, caseClass: after.caseClass }, this.circumstancesOf(incoming), now);
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

function figures(c: CaseRow): string {
  const parts = [
    c.grade && `${c.grade}等级`,
    c.dead !== null && `死亡（含失踪）${c.dead}人`,
    c.injured !== null && `受伤${c.injured}人`,
  ];
  const shown = parts.filter(Boolean).join('，');
  return shown === '' ? '' : `（${shown}）`;
}
