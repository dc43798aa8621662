import { createHash } from 'node:crypto';
import {
  applyEvidence,
  beijingIso,
  beijingText,
  draftStanding,
  STAGE_NAMES,
  type Clock,
  EVIDENCE_KINDS,
  EVIDENCE_NAMES,
  type EvidenceEffect,
  type EvidenceKind,
  isEnded,
  type MeetingEvidence,
  partOf,
  type SpeakerOffice,
} from '@app/domain';
import { row, rows } from '@app/storage';
import { endAlertsOfClocks } from './alert-end';
import type { Change } from './case-change';
import { startClocks } from './clock-book';
import { isFor, isRunning, lockClocks, type StoredClock, writeClock } from './clock-row';
import { conflict, invalid, type Refusal, Refused } from './desk-result';
import { latestOf, loadDrafts, stateOf } from './draft-book';
import { appendEvents, type NewEvent } from './event-log';
import { type EvidenceFile, fileFault } from './evidence-file';
import type { Lawbook } from './lawbook.service';

/** A response as a person registers it. */
export interface EvidenceEntry {
  kind: EvidenceKind;
  title: string;
  url: string | null;
  note: string;
  /** When it was done, not when it is entered. */
  happenedAt: Date;
  approvedBy: string | null;
  /** Who spoke (主要负责人带头发声). */
  speaker: string | null;
  speakerOffice?: SpeakerOffice | null;
  /** The unit that gave it; absent: that of the person who enters it, where it is one of the case's. */
  departmentId?: string | null;
  /** SHA-256, hex, of what the URL shows; of the file when one is given, whatever is said here. */
  contentHash: string | null;
  file?: EvidenceFile | null;
  /** The item of the case in which an official source published it: the system itself has read it. */
  officialItemId?: string;
  /** The proposal that this entry confirms; it is settled in the same transaction. */
  proposalId?: string;
  /** The draft that went out, in the version that passed 终审; it is settled in the same transaction. */
  draft?: { id: string; version: number };
}

export interface EvidenceDone {
  evidenceId: string;
  /** Titles of the duties it met, and whether in time. */
  met: { clockId: string; title: string; onTime: boolean }[];
  /** Running duties that take this kind but could not be met by it: why. */
  notes: string[];
}

const PUBLIC: readonly EvidenceKind[] = ['release', 'press-conference', 'clarification'];

/** What is wrong with an entry, or null. */
export function entryFault(entry: EvidenceEntry, now: Date): Refusal | null {
  if (!EVIDENCE_KINDS.includes(entry.kind)) return invalid('kind', `回应类型必须是：${EVIDENCE_KINDS.join('、')}`);
  const title = entry.title.trim();
  if (title === '' || title.length > 300) return invalid('title', '必须填写标题（1–300 字）');
  if (entry.note.length > 10_000) return invalid('note', '说明最多 10000 字');
  if (Number.isNaN(entry.happenedAt.getTime())) return invalid('happenedAt', '回应时间无法识别');
  if (entry.happenedAt.getTime() > now.getTime()) {
    return invalid('happenedAt', `回应时间不能晚于现在（${beijingText(now)}）：不能登记尚未发生的回应`);
  }
  if (entry.url !== null && !isWebAddress(entry.url)) return invalid('url', '网址必须以 http:// 或 https:// 开头');
  if (entry.contentHash !== null && !/^[0-9a-f]{64}$/.test(entry.contentHash)) {
    return invalid('contentHash', '内容摘要必须是 64 位十六进制 SHA-256');
  }
  const fault = entry.file ? fileFault(entry.file) : null;
  if (fault) return fault;
  const proven = entry.url !== null || (entry.file ?? null) !== null || entry.officialItemId !== undefined;
  if (PUBLIC.includes(entry.kind) && !proven) return invalid('url', '公开发布的回应必须有网址或附件');
  if (!proven && entry.note.trim() === '') return invalid('note', '没有网址或附件时必须写明说明');
  return null;
}

function isWebAddress(url: string): boolean {
  return /^https?:\/\/\S+$/i.test(url) && URL.canParse(url) && url.length <= 2000;
}

/**
 * Writes evidence and judges every clock of the case by its own time (RULES 4): met, met late, judged again, or
 * opening a further duty. The case must be locked.
 */
export async function enterEvidence(change: Change, laws: Lawbook, entry: EvidenceEntry): Promise<EvidenceDone> {
  await laws.hold(change.manager);
  const evidenceId = await insertEvidence(change, entry);
  if (entry.proposalId !== undefined) await settleProposal(change, entry.proposalId, evidenceId);
  const giver = giverOf(change, entry) ?? change.c.departmentId;
  if (entry.draft) await settleDraft(change, entry.draft, evidenceId);
  const clocks = (await lockClocks(change.manager, change.c.id)).filter((k) => isFor(k, giver));
  const earlier = clocks.some((k) => (k.rule.times ?? 1) > 1) ? await loadEarlier(change, evidenceId) : [];
  const effect = judge(change, laws, clocks, entry, earlier);
  const events: NewEvent[] = [evidenceEvent(change, entry, evidenceId)];
  for (const met of effect.met) {
    await writeClock(change.manager, met.clock, { evidenceId });
    events.push(metEvent(change, met, evidenceId));
    for (const gap of met.missedIntervals) events.push(gapEvent(change, met.clock, gap));
  }
  await appendEvents(change.manager, events, change.now);
  // What is entered after 办结 is judged, but opens nothing new.
  const start = isEnded(change.c.state) ? [] : effect.start;
  await startClocks(change.manager, change.c.id, start, change.now, { actor: change.actor });
  await endAlertsOfClocks(
    change.manager,
    change.c.id,
    effect.met.map((m) => m.clock.id),
  );
  return {
    evidenceId,
    met: effect.met.map(({ clock }) => ({ clockId: clock.id, title: clock.rule.title, onTime: clock.state === 'met' })),
    notes: effect.refused.map((r) => r.reason),
  };
}

/**
 * A response from before the detection counts for the duties that run from the first known instants, back to the
 * first public report; duties with a later anchor (签收, 持续发布) keep that as their bound.
 */
function judge(change: Change, laws: Lawbook, clocks: StoredClock[], entry: EvidenceEntry, earlier: Counted[]): EvidenceEffect {
  const { c, now } = change;
  const evidence: MeetingEvidence = { kind: entry.kind, happenedAt: entry.happenedAt, enteredAt: now, byHead: entry.speakerOffice === 'principal', earlier };
  const early = entry.happenedAt.getTime() < c.detectedAt.getTime();
  if (!early || c.revivedAt !== null) return applyEvidence(clocks, evidence, laws.book, c.caseClass, laws.calendar);
  const first = clocks.filter((k) => ['detected', 'first_public', 'happened', 'triggered'].includes(k.anchorKind));
  const effect = applyEvidence(first, evidence, laws.book, c.caseClass, laws.calendar, firstKnown(c));
  const running = new Set(clocks.filter(isRunning).map((k) => k.duty));
  return { ...effect, start: effect.start.filter((p) => !running.has(p.duty)) };
}

type Counted = NonNullable<MeetingEvidence['earlier']>[number];

/** What a duty that wants several pieces counts beside the one just written. */
function loadEarlier({ manager, c }: Change, evidenceId: string): Promise<Counted[]> {
  return rows<Counted>(manager, `select kind, happened_at as "happenedAt", speaker_office = 'principal' as "byHead" from evidence where case_id = $1 and id <> $2`, [c.id, evidenceId]);
}

type KnownTimes = Pick<Change['c'], 'firstPublicAt' | 'happenedAt' | 'detectedAt'>;

function firstKnown(c: KnownTimes): Date {
  const known = [c.firstPublicAt, c.happenedAt, c.detectedAt].flatMap((at) => (at === null ? [] : [at.getTime()]));
  return new Date(Math.min(...known));
}

/** What happened before the event itself or its first report can meet none of its duties, now or after a raise. */
export function earlyFault(c: KnownTimes, happenedAt: Date): Refusal | null {
  if (happenedAt.getTime() >= firstKnown(c).getTime()) return null;
  return invalid('happenedAt', '回应时间早于本事件各项时限的起算时刻，不能作为履行凭据');
}

/** The unit whose answer it is; null: nobody's in particular, then it counts as the leading unit's. */
function giverOf({ by, c }: Change, entry: EvidenceEntry): string | null {
  if (entry.departmentId != null) return entry.departmentId;
  return partOf(by.departmentId ?? null, c) === null ? null : (by.departmentId ?? null);
}

async function insertEvidence(change: Change, entry: EvidenceEntry): Promise<string> {
  const file = entry.file ?? null;
  const hash = file ? createHash('sha256').update(file.bytes).digest('hex') : entry.contentHash;
  const written = await row<{ id: string }>(
    change.manager,
    `insert into evidence (case_id, kind, title, url, note, happened_at, entered_at, entered_by, approved_by, speaker,
       content_hash, file_name, file_bytes, speaker_office, department_id, draft_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) returning id`,
    [
      ...[
        change.c.id,
        entry.kind,
        entry.title.trim(),
        entry.url,
        entry.note,
        entry.happenedAt,
        change.now,
        change.actor,
      ],
      ...[entry.approvedBy, entry.speaker, hash, file?.name ?? null, file?.bytes ?? null],
      ...[entry.speakerOffice ?? null, giverOf(change, entry), entry.draft?.id ?? null],
    ],
  );
  if (!written) throw new Error('the evidence was not written');
  return written.id;
}

/** Of two who confirm at once the second finds it settled, and registers nothing. */
async function settleProposal(change: Change, proposalId: string, evidenceId: string): Promise<void> {
  const settled = await row(
    change.manager,
    `update evidence_proposal p set state = 'confirmed', evidence_id = $3, settled_by = $4, settled_at = $5 from item i
     where p.id = $1 and i.id = p.item_id and i.case_id = $2 and p.state = 'open' returning p.id`,
    [proposalId, change.c.id, evidenceId, change.actor, change.now],
  );
  if (!settled) throw new Refused(conflict('这条官方发布已处理，或不在本事件中'));
}

/** Only the latest version goes out, and only once, after 终审. */
async function settleDraft(change: Change, { id, version }: { id: string; version: number }, evidenceId: string): Promise<void> {
  const [draft] = await loadDrafts(change.manager, change.c.id, id, true);
  if (!draft) throw new Refused(conflict('稿件不在本事件中'));
  const { standing, next } = draftStanding(stateOf(draft));
  if (standing === 'registered') throw new Refused(conflict('稿件已发布并登记'));
  if (standing !== 'passed') throw new Refused(conflict(next === null ? '稿件没有通过三审，不能登记为已审发布' : `稿件还在等待${STAGE_NAMES[next]}，不能登记为已审发布`));
  if (latestOf(draft).version !== version) throw new Refused(conflict('稿件已有更新的版本，请重新核对'));
  await rows(change.manager, 'update release_draft set evidence_id = $2 where id = $1', [id, evidenceId]);
}

function evidenceEvent(change: Change, entry: EvidenceEntry, evidenceId: string): NewEvent {
  return {
    caseId: change.c.id,
    kind: 'evidence',
    at: entry.happenedAt,
    actor: change.actor,
    summary: `${EVIDENCE_NAMES[entry.kind]}：${entry.title.trim()}`,
    data: {
      evidenceId,
      kind: entry.kind,
      url: entry.url,
      approvedBy: entry.approvedBy,
      speaker: entry.speaker,
      ...(entry.speakerOffice ? { speakerOffice: entry.speakerOffice } : {}),
      ...(giverOf(change, entry) === null ? {} : { departmentId: giverOf(change, entry) }),
      ...(entry.draft ? { draftId: entry.draft.id, draftVersion: entry.draft.version } : {}),
      ...(entry.file ? { fileName: entry.file.name } : {}),
      happenedAt: beijingIso(entry.happenedAt),
      enteredAt: beijingIso(change.now),
    },
  };
}

function metEvent(change: Change, met: EvidenceEffect['met'][number], evidenceId: string): NewEvent {
  const { clock, lateEntry } = met;
  const onTime = clock.state === 'met';
  const target = clock.targetMet === null ? '' : clock.targetMet ? '，力争时限内' : '，超过力争时限';
  return {
    caseId: change.c.id,
    clockId: clock.id,
    kind: onTime ? 'clock-met' : 'clock-met-late',
    at: clock.metAt ?? change.now,
    actor: change.actor,
    summary: `${onTime ? '按时完成' : '逾期完成'}：${clock.rule.title}${target}${lateEntry ? '（补录）' : ''}`,
    data: { evidenceId, duty: clock.duty, dueAt: beijingIso(clock.dueAt), targetMet: clock.targetMet, lateEntry },
  };
}

/** An interval of a recurring duty that passed without a discharge. */
export function gapEvent(change: Change, clock: Clock, gap: { from: Date; to: Date }): NewEvent {
  return {
    caseId: change.c.id,
    clockId: clock.id,
    kind: 'interval-missed',
    at: gap.to,
    actor: change.actor,
    summary: `未按期履行：${clock.rule.title}（${beijingText(gap.from)} 至 ${beijingText(gap.to)}）`,
    data: { from: beijingIso(gap.from), to: beijingIso(gap.to) },
  };
}
