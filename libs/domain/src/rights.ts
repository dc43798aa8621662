import type { Role } from './wire';

/**
 * Who may do what, as a table: the gateway's guard refuses every route that does not name an action of
 * this table, and every role that is not in its row. 属地管理、分级负责: WHICH rows a role sees is decided by
 * `maySee`, apart from WHAT it may do.
 *
 * A small county has one person in several chairs, so the administrator stands in the rows of case work
 * too; a place that wants 三员分立 strikes `administrator` out of the rows of `WORK`. The auditor reads
 * everything and changes nothing.
 */
const EVERYONE: readonly Role[] = [
  'duty_officer',
  'department_contact',
  'department_head',
  'leader',
  'administrator',
  'auditor',
];
const WORK: readonly Role[] = ['duty_officer', 'department_contact', 'department_head', 'leader', 'administrator'];
const DESK: readonly Role[] = ['duty_officer', 'leader', 'administrator'];
const APPROVERS: readonly Role[] = ['leader', 'administrator'];
/** What a unit says or does in its own name. */
const UNIT: readonly Role[] = ['department_contact', 'department_head'];
const UNIT_LEADS: readonly Role[] = ['duty_officer', 'department_head', 'leader', 'administrator'];

export const RIGHTS = {
  /** One's own session, password and alerts: also for the auditor, who changes nothing else. */
  'own.use': EVERYONE,
  'board.read': EVERYONE,
  'case.read': EVERYONE,
  'case.sign-for': WORK,
  'case.evidence': WORK,
  'case.assign': DESK,
  'case.override': DESK,
  'case.reject': DESK,
  'case.close': UNIT_LEADS,
  /** 退回: the unit itself gives back what is not its own; the desk hands it elsewhere by 交办. */
  'case.return': UNIT,
  /** 部门答复; the desk enters it for a unit that answers by telephone. */
  'case.reply': WORK,
  'case.transfer': DESK,
  'case.reopen': DESK,
  /** 三审 (初审、复审、终审): who may do each; that they are three people is checked for each text. */
  'draft.write': WORK,
  'draft.first': WORK,
  'draft.second': UNIT_LEADS,
  'draft.final': ['department_head', 'leader', 'administrator'],
  /** Stopping or lengthening a legal term needs an approver (RULES 4): never the unit that is late. */
  'clock.suspend': APPROVERS,
  'clock.resume': APPROVERS,
  'clock.extend': APPROVERS,
  'clock.read': EVERYONE,
  'item.read': EVERYONE,
  /** The text without masks: for who must reach the writer, with a reason that stands in the audit. */
  'item.reveal': ['duty_officer', 'administrator'],
  /** Of a program with a token, never of a person. */
  'item.push': [],
  /** 手工录入: what a person read elsewhere comes in like anything fetched. */
  'item.enter': WORK,
  /** 12345 tickets and other tables of items, many at once. */
  'item.import': DESK,
  /** Screenshots handed in with it: pictures cannot be masked, so each look stands in the audit. */
  'item.file': WORK,
  'review.read': [...DESK, 'auditor'],
  'review.decide': DESK,
  'quality.read': [...DESK, 'auditor'],
  /** Overrides with their texts, as training data. */
  'override.read': ['administrator', 'auditor'],
  /** 交接班: read by whoever works at the desk, written and taken over by those on duty. */
  'handover.read': [...DESK, 'auditor'],
  'handover.write': DESK,
  'alert.read': EVERYONE,
  /** 预警渠道: what works and what does not; a test goes out into the world. */
  'channel.read': [...DESK, 'auditor'],
  'channel.test': ['administrator'],
  'source.read': EVERYONE,
  /** A dry run goes out to somebody's server and stores nothing. */
  'source.try': ['duty_officer', 'administrator'],
  'source.write': ['administrator'],
  'department.read': EVERYONE,
  'department.write': ['administrator'],
  'stats.read': EVERYONE,
  /** 日报、周报、专报 and the like, of the deployment as a whole. */
  'report.read': [...DESK, 'auditor'],
  /** 考评: a department reads its own. */
  'assessment.read': EVERYONE,
  'assessment.mark': APPROVERS,
  'assessment.appeal': ['department_contact', 'department_head'],
  'assessment.answer': APPROVERS,
  /** 问责: drafts on breaches; a person decides. */
  'accountability.read': [...DESK, 'auditor'],
  'accountability.decide': APPROVERS,
  'backtest.read': [...DESK, 'auditor'],
  'backtest.run': APPROVERS,
  'rule.read': EVERYONE,
  'calendar.read': EVERYONE,
  /** A holiday notice moves open clocks. */
  'calendar.load': ['administrator'],
  /** 承诺事项: registering what starts a promised term. */
  'matter.start': WORK,
  /** 任务台账. */
  'ledger.read': EVERYONE,
  'ledger.import': DESK,
  'roster.read': EVERYONE,
  'roster.write': ['leader', 'administrator'],
  'user.read': ['administrator', 'auditor'],
  'user.write': ['administrator'],
  /** Keys of programs, and everybody's own tokens with their last use. */
  'token.read': ['administrator', 'auditor'],
  'token.write': ['administrator'],
  /** Where events are sent to: what is queued, paused, failing. */
  'webhook.read': ['administrator', 'auditor'],
  'webhook.write': ['administrator'],
  'audit.read': ['administrator', 'auditor'],
} as const satisfies Record<string, readonly Role[]>;

export type Action = keyof typeof RIGHTS;
export const ACTIONS = Object.keys(RIGHTS) as Action[];

export function mayDo(role: Role, action: Action): boolean {
  return (RIGHTS[action] as readonly Role[]).includes(role);
}

/** The person who looks: what of an account decides which rows are shown. */
export interface Viewer {
  role: Role;
  departmentId: string | null;
  /** GB/T 2260 code (`360700`) or a path of names (`赣州市/寻乌县`); null: no bound. */
  region: string | null;
  /** The region covers the whole deployment, so that what nobody can place is theirs too. Absent: only where `region` is null. */
  whole?: boolean;
}

/** What of a row decides who sees it. `departmentRegion`: of the department that has it. */
export interface Bounds {
  /** Of a case the leading unit (第一责任主体). */
  departmentId: string | null;
  /** The supporting units (协办): they see the case too. */
  supporting: readonly string[];
  region: string | null;
  departmentRegion?: string | null;
}

/**
 * Department people see what their department leads or supports, wherever it happened. Everybody else sees what lies in the own
 * region or below, or is with a department of it. What has neither place nor department belongs to the deployment as a
 * whole: a county of a city's deployment does not see it.
 */
export function maySee(viewer: Viewer, row: Bounds): boolean {
  if (boundToDepartment(viewer.role)) return partOf(viewer.departmentId, row) !== null;
  const { region } = viewer;
  if (region === null) return true;
  const of = [row.region, row.departmentRegion ?? null].filter((r) => r !== null);
  return of.length === 0 ? viewer.whole === true : of.some((r) => regionCovers(region, r));
}

/** The part that a department has in a case; null: none. */
export function partOf(departmentId: string | null, row: Pick<Bounds, 'departmentId' | 'supporting'>): 'lead' | 'supporting' | null {
  if (departmentId === null) return null;
  if (row.departmentId === departmentId) return 'lead';
  return row.supporting.includes(departmentId) ? 'supporting' : null;
}

/** Whether a person is answerable for the deployment as a whole: what cannot be divided by region is only for them. */
export function isWhole(viewer: Viewer): boolean {
  return viewer.region === null || viewer.whole === true;
}

/** What a person may do: the role's row of the table, within the bound of the account. */
export function permits(viewer: Viewer, action: Action): boolean {
  return mayDo(viewer.role, action) && (isWhole(viewer) || !WHOLE_ACTIONS.includes(action));
}

/** A city sees its counties, a county only itself. Codes end in 00 pairs (a township's in 000) for what they cover. */
export function regionCovers(above: string, below: string): boolean {
  if (above === below || below.startsWith(above + '/')) return true;
  if (!/^\d{6,12}$/.test(above) || !/^\d{6,12}$/.test(below)) return false;
  return below.startsWith(codePrefix(above));
}

/** The digits that every code of the region and below begins with. */
export function codePrefix(code: string): string {
  return code.length === 6 ? code.replace(/(00){1,2}$/, '') : code.replace(/(000)+$/, '');
}

/** Roles whose view ends at their own department. */
export function boundToDepartment(role: Role): boolean {
  return role === 'department_contact' || role === 'department_head';
}

/** Actions whose object has no region: an account bound to a part of the deployment has none of them, whatever its role. */
export const WHOLE_ACTIONS: readonly Action[] = [
  'assessment.answer',
  'assessment.mark',
  'audit.read',
  'backtest.read',
  'backtest.run',
  'calendar.load',
  'channel.read',
  'channel.test',
  'department.write',
  'ledger.import',
  'ledger.read',
  'matter.start',
  'override.read',
  'quality.read',
  'report.read',
  'source.try',
  'source.write',
  'token.read',
  'token.write',
  'webhook.read',
  'webhook.write',
];
