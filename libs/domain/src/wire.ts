import type { Category, CaseClass, Grade, Label, Level, Topic } from './label';
import type { ClockState, Derivation } from './clock';
import type { DepartmentProposal } from './department';
import type { Place } from './place';
import type { CasePart } from './case-way';
import type { EvidenceKind } from './rule';
import type { SpeakerOffice, WireCaseUnit, WireTransfer } from './wire-case';
import type { SourceFindingKind } from './source-health';
import type { WireFile } from './wire-inbox';

/**
 * What goes over REST and Socket.IO between gateway and dashboard.
 * All instants are ISO 8601 strings with +08:00 (Beijing); ids are decimal strings.
 */
export const ROLES = [
  'duty_officer',
  'department_contact',
  'department_head',
  'leader',
  'administrator',
  'auditor',
] as const;
export type Role = (typeof ROLES)[number];
export const ROLE_NAMES: Record<Role, string> = {
  duty_officer: '值班员',
  department_contact: '部门联络员',
  department_head: '部门负责人',
  leader: '领导',
  administrator: '管理员',
  auditor: '审计员',
};

/** The way of a case (办理流程). First form; the table of transitions is in case-way.ts. */
export const CASE_STATES = [
  '待研判',
  '已研判',
  '已交办',
  '已签收',
  '办理中',
  '已回应',
  '已转办',
  '已办结',
  '已归档',
  '不予受理',
] as const;
export type CaseState = (typeof CASE_STATES)[number];

/** Where a matter is: 江西省赣州市寻乌县, and how far that is from the own region. */
export type WirePlace = Pick<Place, 'code' | 'name' | 'relation' | 'reasons'> & Partial<Pick<Place, 'mentionsOwn'>>;

export interface WireClock {
  id: string;
  caseId: string;
  duty: string;
  title: string;
  state: ClockState;
  anchorAt: string;
  targetAt: string | null;
  dueAt: string;
  provisional: boolean;
  metAt: string | null;
  targetMet: boolean | null;
  ruleVersion: string;
  quote: string;
  document: string;
  number: string;
  article: string;
  metByKinds: EvidenceKind[];
  /** Whose it is: the unit's own (签收 of each unit), else the leading unit's. */
  departmentId: string | null;
  /** Set where it is one unit's own term: its lateness is not the others'. */
  unitPart: CasePart | null;
  /** What the frozen rule lets an approver do while the limit has not passed. */
  maySuspend: Allowance;
  mayExtend: Allowance;
}

export interface Allowance {
  allowed: boolean;
  /** Why not, in Chinese; null when allowed. */
  reason: string | null;
}

export interface WireCaseSummary {
  id: string;
  code: string;
  title: string;
  level: Level;
  caseClass: CaseClass;
  emergency: boolean;
  grade: Grade | null;
  category: Category | null;
  topic: Topic;
  /** Code of the place, by which is decided who sees it; as the source writes it when the code is not known. */
  region: string | null;
  place: WirePlace | null;
  state: CaseState;
  departmentId: string | null;
  departmentName: string | null;
  /** Of the department that has it: who is answerable there sees it too. */
  departmentRegion: string | null;
  /** Ids of the supporting units (协办). */
  supporting: string[];
  detectedAt: string;
  firstPublicAt: string | null;
  lateDetection: boolean;
  dead: number | null;
  injured: number | null;
  itemCount: number;
  sourceCount: number;
  /** Names of the sources that reported it, at most 60. */
  sources: string[];
  /** A matter of the second ring (承诺事项), which has a page of its own and is not on the board. */
  secondRing: boolean;
  needsReview: boolean;
  demo: boolean;
  /** Of the open clocks the one that runs out or ran out first. */
  nearest: WireClock | null;
  /** Of the running clocks whose limit is still ahead the one that runs out first; null when none is. */
  nextUp: WireClock | null;
  openClocks: number;
  /** Of them past their limit without the evidence that would meet them. */
  overdueClocks: number;
  /** Grows with every change of the case; a client drops older ones. */
  version: number;
}

/** The board's head in figures, over all open cases that the reader may see. */
export interface BoardTotals {
  open: number;
  emergency: number;
  major: number;
  /** With a passed limit. */
  breached: number;
  /** The next limit runs out within the hour. */
  withinHour: number;
  unassigned: number;
  needsReview: number;
}

export interface WireItem {
  id: string;
  sourceName: string;
  sourceTitle: string;
  url: string | null;
  title: string;
  /** Masked for reading. */
  text: string;
  publishedAt: string | null;
  publishedCertain: boolean;
  fetchedAt: string;
  label: Label;
  classifierVersion: string;
  place: WirePlace | null;
  caseId: string | null;
  official: boolean;
  demo: boolean;
  /** Screenshots; only on the page of its case. */
  files?: WireFile[];
  /** The item it is a repost or an edited version of; only on the page of its case. */
  sameAs?: string | null;
}

/** An item of a list, with the near duplicates that stand behind it; at most 20 of them are named. */
export interface FoundItem extends WireItem {
  near: { count: number; named: { id: string; title: string; sourceTitle: string; fetchedAt: string }[] };
}

/** One row of the append-only history of a case, for the timeline. */
export interface WireEvent {
  id: string;
  kind: string;
  /** When it happened. */
  at: string;
  /** When it was recorded. */
  recordedAt: string;
  actor: string;
  summary: string;
  data: Record<string, unknown>;
}

export interface WireEvidence {
  id: string;
  kind: EvidenceKind;
  title: string;
  url: string | null;
  note: string;
  happenedAt: string;
  enteredAt: string;
  enteredBy: string;
  approvedBy: string | null;
  /** Who spoke (谁带头发声), with the office where it is told. */
  speaker: string | null;
  speakerOffice: SpeakerOffice | null;
  /** The unit that gave it, by name; null where nobody's in particular. */
  departmentName: string | null;
  /** It passed 初审、复审、终审 here before it went out. */
  reviewed: boolean;
  /** Entered after the instant it reports. */
  lateEntry: boolean;
  /** SHA-256, hex: of the file when there is one, else of what the URL showed. */
  contentHash: string | null;
  /** At `/cases/{id}/evidence/{id}/file`. */
  file: { name: string; bytes: number } | null;
}

export interface WireCase extends WireCaseSummary {
  summary: string;
  /** The leading unit first; those that have left (退回、改交办、解除) at the end. */
  units: WireCaseUnit[];
  /** Where it went (转上级、转办); null: nowhere. */
  transfer: WireTransfer | null;
  /** Reopened after it was settled: its terms run from the report that came afterwards. */
  revivedAt: string | null;
  /** 建议主办、协办, the leading one first, with reasons; empty when nothing was proposed. */
  proposal: DepartmentProposal[];
  clocks: (WireClock & { derivation: Derivation })[];
  items: WireItem[];
  events: WireEvent[];
  evidence: WireEvidence[];
  alerts: (WireAlert & { deliveries: WireDelivery[] })[];
}

export interface WireAlert {
  id: string;
  /** Idempotency key: a receiver drops a key it has seen. */
  key: string;
  /** Per-user sequence, strictly growing; 0 where not addressed to one user. */
  seq: number;
  kind:
    | 'new-case'
    | 'level-raised'
    | 'warn'
    | 'breach'
    | 'repeat'
    | 'assigned'
    | 'returned'
    | 'review'
    | 'engine'
    | 'source'
    | 'info';
  severity: 'info' | 'warning' | 'critical';
  title: string;
  body: string;
  caseId: string | null;
  clockId: string | null;
  rung: string | null;
  createdAt: string;
  deliveredAt: string | null;
  readAt: string | null;
}

export interface WireDelivery {
  accountName: string;
  channel: string;
  /** As people read it: 短信, 值班群. */
  channelTitle: string;
  /** `standby`: a fallback that is tried when those before it failed. */
  state: 'queued' | 'sent' | 'delivered' | 'read' | 'failed' | 'superseded' | 'standby';
  /** Why the last try failed, in Chinese. */
  fault: string | null;
  at: string;
}

/** A way by which alerts leave the system beside the dashboard. */
export interface WireChannel {
  name: string;
  title: string;
  kind: 'webhook' | 'wecom' | 'dingtalk' | 'feishu' | 'email' | 'sms';
  minSeverity: WireAlert['severity'];
  /** One message for a whole group. */
  group: boolean;
  /** Where it goes, without keys and addresses of persons. */
  target: string;
  /** Routes that send over it at once, or when others fail. */
  routes: { name: string; fallback: boolean }[];
  /** Messages. */
  sent: number;
  failed: number;
  sentToday: number;
  /** Of SMS; null: no bound. */
  quotaPerDay: number | null;
  failsInRow: number;
  lastOkAt: string | null;
  lastFaultAt: string | null;
  lastFault: string | null;
  /** Deliveries that wait for their first try, that are tried again, and since when the oldest of them waits. */
  waiting: number;
  failing: number;
  oldestAt: string | null;
}

export interface WireMe {
  id: string;
  username: string;
  displayName: string;
  role: Role;
  departmentId: string | null;
  departmentName: string | null;
  /** Bound of what is seen: a code of GB/T 2260, or null. */
  region: string | null;
  /** Answerable for the deployment as a whole. */
  whole: boolean;
  mustChangePassword: boolean;
  /** To be sent back as the header `x-csrf-token` on every changing request. */
  csrfToken: string;
}

export interface WireSource {
  name: string;
  /** What it writes about, by which is decided who sees it; null: the whole deployment. */
  region: string | null;
  title: string;
  kind: string;
  url: string;
  enabled: boolean;
  official: boolean;
  /** Set up in the browser, hence changed there; false: a file of config/sources. */
  editable: boolean;
  state: 'ok' | 'faulty' | 'silent' | 'disabled' | 'waiting';
  lastFetchAt: string | null;
  lastOkAt: string | null;
  nextFetchAt: string | null;
  lastFault: string | null;
  fails: number;
  items: number;
  itemsToday: number;
  notModified: number;
  fetches: number;
  /** Over the last week, 0…1; null while unknown, like the next four. */
  successRate: number | null;
  /** From publication to detection. */
  lagMedianSeconds: number | null;
  lagP95Seconds: number | null;
  /** New items on a usual day. */
  usualPerDay: number | null;
  certificateEndsAt: string | null;
  /** What is wrong now, in words. */
  findings: { kind: SourceFindingKind; sentence: string; openedAt: string }[];
}

/** RFC 9457 problem details; `detail` is in Chinese and shown to people. */
export interface WireProblem {
  type: string;
  title: string;
  status: number;
  detail: string;
  field?: string;
  /** By which the request is found in the log. */
  requestId?: string;
  /** Every fault of a file, where one was sent. */
  faults?: { key: string; reason: string }[];
}

/** Server → client events of Socket.IO. Every payload is also reachable by REST. */
export interface ServerEvents {
  /** Right after connection and every 30 s: for drift correction of countdowns. */
  time: (p: { now: string }) => void;
  /** An alert to this user; ack delivers the receipt 'delivered'. Replayed after reconnect from `lastSeq`. */
  alert: (alert: WireAlert, ack: () => void) => void;
  /** A case row changed or appeared. */
  case: (c: WireCaseSummary) => void;
  /** A case that was shown is another unit's now. */
  gone: (p: { caseId: string }) => void;
  /** A new item came in. */
  item: (i: WireItem) => void;
  source: (s: WireSource) => void;
}

/** Client → server events. Handshake auth: `{ lastSeq: number }` beside the session cookie. */
export interface ClientEvents {
  read: (p: { alertId: string }, ack: (ok: boolean) => void) => void;
}
