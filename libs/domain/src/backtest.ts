import type { Calendar } from './calendar';
import { type CaseClass, caseClassOf, type Label } from './label';
import { CLASS_LABELS, monthOf, onTimeShare, spreadOfList } from './month';
import { dutiesOf, planDuties, type RuleBook } from './rule-pack';
import type { EvidenceKind } from './rule';
import type { Spread } from './wire-month';

/** A message of a past time and when its office replied. */
export interface BacktestMessage {
  publishedAt: Date;
  /** null: never, as far as the history goes. */
  respondedAt: Date | null;
  label: Pick<Label, 'relevant' | 'level' | 'emergency' | 'grade' | 'topic'>;
}

/**
 * What a published reply of the office stands for: it says something in public, and it tells the result. It is no press
 * conference, no 签收 and no report to the superior: duties that want those are not judged.
 */
export const REPLY_IS: readonly EvidenceKind[] = ['release', 'clarification', 'settlement', 'feedback'];

/** Of the clocks that would have run. */
export interface BacktestTally {
  started: number;
  metOnTime: number;
  metLate: number;
  never: number;
  /** metOnTime ÷ started; null without any. */
  onTimeRate: number | null;
}

export interface BacktestGroup extends BacktestTally {
  key: string;
  label: string;
  messages: number;
  /** From the message to the reply, in full minutes. */
  reply: Spread;
}

export interface BacktestDuty extends BacktestTally {
  duty: string;
  title: string;
  document: string;
  number: string;
  legalEffect: string;
  /** 力争, where the duty has it. */
  target: { met: number; missed: number; rate: number | null } | null;
  reply: Spread;
  /** Beyond the calendar's notices. */
  provisional: number;
}

export interface BacktestReport {
  pack: string;
  title: string;
  messages: number;
  relevant: number;
  /** No 政务舆情 by their text: no duty. */
  irrelevant: number;
  /** A reply before its message: the record is wrong, nothing is judged. */
  unusable: number;
  from: string | null;
  to: string | null;
  duties: BacktestDuty[];
  /** Duties that no reply can tell anything about. */
  notJudged: { duty: string; title: string; started: number; why: string }[];
  total: BacktestTally & { reply: Spread };
  byLevel: BacktestGroup[];
  byTopic: BacktestGroup[];
  byMonth: BacktestGroup[];
}

interface Judged {
  minutes: number | null;
  outcome: 'metOnTime' | 'metLate' | 'never';
}

/** What would have been on time under a pack: each message as a case detected when it was published. */
export function backtest(messages: readonly BacktestMessage[], book: RuleBook, calendar: Calendar, options: { id: string }): BacktestReport {
  const usable = messages.filter((m) => m.respondedAt === null || m.respondedAt.getTime() >= m.publishedAt.getTime());
  const relevant = usable.flatMap((m) => {
    const caseClass = m.label.relevant ? caseClassOf(m.label) : null;
    return caseClass === null ? [] : [{ ...m, caseClass }];
  });
  const duties = new Map<string, { duty: Omit<BacktestDuty, keyof BacktestTally | 'target' | 'reply' | 'provisional'>; judged: Judged[]; targets: boolean[]; provisional: number }>();
  const apart = new Map<string, { duty: string; title: string; started: number; why: string }>();
  const groups = { level: new Groups(), topic: new Groups(), month: new Groups() };
  const all: Judged[] = [];
  for (const m of relevant) {
    const minutes = minutesToReply(m);
    const own: Judged[] = [];
    for (const plan of planDuties(book, m.caseClass, { detected: m.publishedAt, first_public: m.publishedAt }, calendar)) {
      const { id, title, document, number, legalEffect } = plan.rule;
      const key = JSON.stringify([id, title]);
      if (!plan.rule.metBy.some((kind) => REPLY_IS.includes(kind))) {
        const known = apart.get(key) ?? { duty: id, title, started: 0, why: '办理答复不能说明是否履行' };
        apart.set(key, { ...known, started: known.started + 1 });
        continue;
      }
      const found = duties.get(key) ?? { duty: { duty: id, title, document, number, legalEffect }, judged: [], targets: [], provisional: 0 };
      duties.set(key, found);
      const judged: Judged = { minutes, outcome: outcomeOf(m.respondedAt, plan.dueAt) };
      found.judged.push(judged);
      if (plan.targetAt) found.targets.push(outcomeOf(m.respondedAt, plan.targetAt) === 'metOnTime');
      if (plan.provisional) found.provisional++;
      own.push(judged);
    }
    all.push(...own);
    groups.level.add(m.caseClass, CLASS_LABELS[m.caseClass], minutes, own);
    groups.topic.add(m.label.topic, m.label.topic, minutes, own);
    const month = monthOf(m.publishedAt.getTime());
    groups.month.add(month, month, minutes, own);
  }
  for (const late of unanchored(book, relevant)) apart.set(JSON.stringify([late.duty, late.title]), late);
  const times = usable.map((m) => m.publishedAt.getTime());
  const day = (ms: number): string => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 10);
  return {
    ...{ pack: options.id, title: book.title, messages: messages.length, relevant: relevant.length },
    ...{ irrelevant: usable.length - relevant.length, unusable: messages.length - usable.length },
    from: times.length > 0 ? day(Math.min(...times)) : null,
    to: times.length > 0 ? day(Math.max(...times)) : null,
    duties: [...duties.values()].map(({ duty, judged, targets, provisional }) => ({
      ...duty,
      ...tally(judged),
      target: targets.length > 0 ? targetOfList(targets) : null,
      reply: spread(judged.map((j) => j.minutes)),
      provisional,
    })),
    notJudged: [...apart.values()],
    total: { ...tally(all), reply: spread(relevant.map(minutesToReply)) },
    byLevel: groups.level.list(),
    byTopic: groups.topic.list(),
    byMonth: groups.month.list().sort((a, b) => (a.key < b.key ? -1 : 1)),
  };
}

/** Duties of the classes that start only later: by 交办, by a first release. */
function unanchored(book: RuleBook, messages: readonly { caseClass: CaseClass }[]): BacktestReport['notJudged'] {
  const opened = new Set(book.duties.flatMap((d) => (d.rule.opens ?? []).map((o) => o.duty)));
  const found = new Map<string, BacktestReport['notJudged'][number]>();
  for (const caseClass of new Set(messages.map((m) => m.caseClass))) {
    for (const { rule } of dutiesOf(book, caseClass)) {
      if (['detected', 'first_public'].includes(rule.anchor) && !opened.has(rule.id)) continue;
      found.set(rule.id + rule.title, { duty: rule.id, title: rule.title, started: 0, why: '历史记录中没有起算的时间（交办、首次发布等）' });
    }
  }
  return [...found.values()];
}

class Groups {
  private readonly groups = new Map<string, { label: string; minutes: (number | null)[]; judged: Judged[] }>();

  add(key: string, label: string, minutes: number | null, judged: readonly Judged[]): void {
    const group = this.groups.get(key) ?? { label, minutes: [], judged: [] };
    group.minutes.push(minutes);
    group.judged.push(...judged);
    this.groups.set(key, group);
  }

  list(): BacktestGroup[] {
    return [...this.groups]
      .map(([key, g]) => ({ key, label: g.label, messages: g.minutes.length, ...tally(g.judged), reply: spread(g.minutes) }))
      .sort((a, b) => b.messages - a.messages || (a.key < b.key ? -1 : 1));
  }
}

/** Done exactly at the limit is on time (RULES 3). */
function outcomeOf(respondedAt: Date | null, dueAt: Date): Judged['outcome'] {
  if (respondedAt === null) return 'never';
  return respondedAt.getTime() <= dueAt.getTime() ? 'metOnTime' : 'metLate';
}

function minutesToReply(m: Pick<BacktestMessage, 'publishedAt' | 'respondedAt'>): number | null {
  return m.respondedAt === null ? null : Math.floor((m.respondedAt.getTime() - m.publishedAt.getTime()) / 60_000);
}

function tally(judged: readonly Judged[]): BacktestTally {
  const n = (outcome: Judged['outcome']): number => judged.filter((j) => j.outcome === outcome).length;
  const [metOnTime, metLate, never] = [n('metOnTime'), n('metLate'), n('never')];
  return { started: judged.length, metOnTime, metLate, never, onTimeRate: onTimeShare(metOnTime, metLate + never) };
}

function targetOfList(targets: readonly boolean[]): { met: number; missed: number; rate: number | null } {
  const met = targets.filter(Boolean).length;
  return { met, missed: targets.length - met, rate: onTimeShare(met, targets.length - met) };
}

const spread = (minutes: readonly (number | null)[]): Spread => spreadOfList(minutes.filter((m): m is number => m !== null));
