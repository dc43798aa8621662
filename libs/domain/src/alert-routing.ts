import { BEIJING_OFFSET_MS } from './beijing';
import type { CaseClass, Topic } from './label';
import { regionCovers } from './rights';
import type { Role, WireAlert } from './wire';

export const SEVERITIES = ['info', 'warning', 'critical'] as const satisfies readonly WireAlert['severity'][];

/** What of an alert and its case a route asks for; null: it belongs to no case. */
export interface RoutedAlert {
  severity: WireAlert['severity'];
  /** A person must give a receipt within minutes (交办, most rungs). Absent: nobody need. */
  wantsReceipt?: boolean;
  caseClass: CaseClass | null;
  topic: Topic | null;
  region: string | null;
}

/** Whom it is for. */
export interface RoutedReader {
  role: Role;
  departmentId: string | null;
}

/** Every condition that is named must hold; one that is not named always does. */
export interface RouteConditions {
  roles?: readonly Role[];
  /** The department of the person. */
  departments?: readonly string[];
  classes?: readonly CaseClass[];
  severities?: readonly WireAlert['severity'][];
  topics?: readonly Topic[];
  /** Codes or paths; a region covers what lies below it. */
  regions?: readonly string[];
  /** Minutes of the Beijing day, the end excluded; from > to runs over midnight. */
  hours?: { from: number; to: number };
}

export interface AlertRoute {
  name: string;
  when: RouteConditions;
  /** All at once. */
  send: readonly string[];
  /** One after the other, each when everything before it failed for this person. */
  fallback: readonly string[];
  /** What is not urgent waits at most so long and is told together; 0: at once; absent: the general rule. */
  digestMinutes?: number;
}

export interface AlertRouting {
  channels: readonly { name: string; minSeverity: WireAlert['severity'] }[];
  /** None: everything goes over every channel from its severity on. */
  routes: readonly AlertRoute[];
  /** Of alerts 提示; 0: at once. */
  digestMinutes: number;
}

/** One way to one person. */
export interface AlertWay {
  channel: string;
  /** 0: at once; n: the n-th fallback. */
  fallback: number;
  /** 0: at once. */
  digestMinutes: number;
}

/** Emergencies, and whatever is overdue: no hour of the day, no digest and no gap between routes holds them back. */
export function isUrgent(alert: Pick<RoutedAlert, 'severity' | 'caseClass'>): boolean {
  return alert.severity === 'critical' || alert.caseClass === 'emergency';
}

/**
 * Over which channels an alert goes to a person: every route that fits adds its own. An urgent one fits at every hour,
 * is never held for a digest, and goes over all channels when no route names one for it. What wants a receipt counts as
 * 预警 at least and waits only where a route says so: its minutes run.
 */
export function planWays(alert: RoutedAlert, reader: RoutedReader, routing: AlertRouting, now: Date): AlertWay[] {
  const urgent = isUrgent(alert);
  const rank = Math.max(SEVERITIES.indexOf(urgent ? 'critical' : alert.severity), alert.wantsReceipt ? SEVERITIES.indexOf('warning') : 0);
  const open = routing.channels.filter((c) => SEVERITIES.indexOf(c.minSeverity) <= rank).map((c) => c.name);
  const fitting = routing.routes.filter((r) => fits(r.when, alert, reader, urgent ? null : now));
  const named = unique(fitting.flatMap((r) => r.send)).filter((name) => open.includes(name));
  const send = routing.routes.length === 0 || (urgent && named.length === 0) ? open : named;
  const spare = unique(fitting.flatMap((r) => r.fallback)).filter((name) => open.includes(name) && !send.includes(name));
  const digestMinutes = urgent ? 0 : digestOf(alert, fitting, routing);
  return [...send.map((channel) => ({ channel, fallback: 0, digestMinutes })), ...spare.map((channel, i) => ({ channel, fallback: i + 1, digestMinutes }))];
}

function digestOf(alert: RoutedAlert, fitting: readonly AlertRoute[], routing: AlertRouting): number {
  const said = fitting.flatMap((r) => r.digestMinutes ?? []);
  if (said.length > 0) return Math.min(...said);
  return alert.severity === 'info' && !alert.wantsReceipt ? routing.digestMinutes : 0;
}

/** `now` null: at any hour. */
function fits(when: RouteConditions, alert: RoutedAlert, reader: RoutedReader, now: Date | null): boolean {
  const { roles, departments, classes, severities, topics, regions, hours } = when;
  if (roles && !roles.includes(reader.role)) return false;
  if (departments && (reader.departmentId === null || !departments.includes(reader.departmentId))) return false;
  if (classes && (alert.caseClass === null || !classes.includes(alert.caseClass))) return false;
  if (severities && !severities.includes(alert.severity)) return false;
  if (topics && (alert.topic === null || !topics.includes(alert.topic))) return false;
  if (regions && !regions.some((r) => alert.region !== null && regionCovers(r, alert.region))) return false;
  return hours === undefined || now === null || withinHours(hours, now);
}

function withinHours({ from, to }: { from: number; to: number }, now: Date): boolean {
  const minute = Math.floor((now.getTime() + BEIJING_OFFSET_MS) / 60_000) % 1440;
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** The end of the digest window that holds this instant: windows of one length lie on one grid, whatever the alert. */
export function digestEnd(minutes: number, now: Date): Date {
  const ms = minutes * 60_000;
  return new Date(Math.floor(now.getTime() / ms) * ms + ms);
}

const unique = (names: readonly string[]): string[] => [...new Set(names)];
