import { type Bounds, boundToDepartment, maySee, OFFICES, type Office, type Role } from '@app/domain';

/** An account that can hold an office. */
export interface Holder {
  accountId: string;
  role: Role;
  departmentId: string | null;
  /** Bound of what the account sees; null or absent: none. */
  region?: string | null;
  /** The region covers the whole deployment. */
  whole?: boolean;
}

/** A row of the duty roster that covers the present instant. */
export interface Shift {
  accountId: string;
  office: Office;
  departmentId: string | null;
  /** The account whose office this one holds meanwhile. */
  standInFor: string | null;
}

/** Who holds which office now. */
export interface Directory {
  holders: readonly Holder[];
  shifts: readonly Shift[];
  /** Offices for which a roster is kept at all, at whatever time. */
  rostered: ReadonlySet<Office>;
}

export interface Recipients {
  accountIds: string[];
  /** Offices that hold somebody, after climbing past empty ones. */
  reached: Office[];
  /** Offices of the audience in which nobody was found. */
  empty: Office[];
  /** Nobody up to the leader: the administrators have it. */
  lastResort: boolean;
}

/** Offices held for one department each. */
export const OF_DEPARTMENT: readonly Office[] = ['department_contact', 'department_head'];

/**
 * The accounts an alert reaches. An office without anybody passes it on to the next higher one at once
 * (RULES 4); where no office up to the leader holds anybody, the administrators get it. A case that is with
 * no department yet has no contact and no head: those two are left out while another office is reached.
 */
export function planRecipients(
  alert: { audience: readonly Office[]; departmentId: string | null; bounds?: Bounds | null },
  all: Directory,
): Recipients {
  const dir = withinSight(alert.bounds ?? NOWHERE, all);
  const homeless = (o: Office): boolean => alert.departmentId === null && OF_DEPARTMENT.includes(o);
  const first = climb(
    alert.audience.filter((o) => !homeless(o)),
    alert.departmentId,
    dir,
  );
  const plan = first.accountIds.length > 0 ? first : climb(alert.audience, alert.departmentId, dir);
  if (plan.accountIds.length > 0) return plan;
  const administrators = dir.holders.filter((h) => h.role === 'administrator').map((h) => h.accountId);
  return { ...plan, accountIds: administrators, lastResort: true };
}

/** An alert that is about no case belongs to the deployment as a whole. */
const NOWHERE: Bounds = { departmentId: null, supporting: [], region: null };

/** Whoever may not see the case is not told of it: a second county's officers never are. Departments are told apart by the offices. */
function withinSight(bounds: Bounds, dir: Directory): Directory {
  const sees = (h: Holder): boolean => boundToDepartment(h.role) || maySee({ ...h, region: h.region ?? null }, bounds);
  return { ...dir, holders: dir.holders.filter(sees) };
}

function climb(audience: readonly Office[], departmentId: string | null, dir: Directory): Recipients {
  const accounts = new Set<string>();
  const reached = new Set<Office>();
  const empty = new Set<Office>();
  for (const office of audience) {
    for (let at: Office | null = office; at !== null; at = nextOffice(at)) {
      const found = holdersOf(at, departmentId, dir);
      for (const id of found) accounts.add(id);
      (found.length > 0 ? reached : empty).add(at);
      if (found.length > 0) break;
    }
  }
  const listed = (of: ReadonlySet<Office>): Office[] => OFFICES.filter((o) => of.has(o));
  return { accountIds: [...accounts], reached: listed(reached), empty: listed(empty), lastResort: false };
}

/** The office above, or null above the leader. */
export function nextOffice(office: Office): Office | null {
  return OFFICES[OFFICES.indexOf(office) + 1] ?? null;
}

/** These offices and every one that may be climbed to from them. */
export function officesAbove(offices: readonly Office[]): Office[] {
  return OFFICES.slice(Math.min(...offices.map((o) => OFFICES.indexOf(o)), OFFICES.length));
}

/** The highest of some offices, or null of none. */
export function highestOffice(offices: readonly Office[]): Office | null {
  return OFFICES.reduce<Office | null>((high, o) => (offices.includes(o) ? o : high), null);
}

/**
 * Whoever is on the roster for the office now, and the accounts whose role is the office. Where a roster
 * is kept for the office, the role alone does not hold it: off shift is off shift. A stand-in replaces
 * the one stood in for.
 */
function holdersOf(office: Office, departmentId: string | null, dir: Directory): string[] {
  const departmental = OF_DEPARTMENT.includes(office);
  if (departmental && departmentId === null) return [];
  const here = (of: string | null): boolean => !departmental || of === departmentId;
  const shifts = dir.shifts.filter((s) => s.office === office && (here(s.departmentId) || s.departmentId === null));
  const active = new Set(dir.holders.map((h) => h.accountId));
  const found = new Set(shifts.map((s) => s.accountId).filter((id) => active.has(id)));
  const replaced = new Set(shifts.map((s) => s.standInFor));
  const byRole = !dir.rostered.has(office) || departmental || office === 'leader';
  if (byRole) {
    for (const h of dir.holders) {
      if (h.role === office && here(h.departmentId) && !replaced.has(h.accountId)) found.add(h.accountId);
    }
  }
  return [...found];
}
