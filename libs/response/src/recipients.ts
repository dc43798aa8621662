import { OFFICES, type Office, type Role } from '@app/domain';

/** An account that can hold an office. */
export interface Holder {
  accountId: string;
  role: Role;
  departmentId: string | null;
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

const OF_DEPARTMENT: readonly Office[] = ['department_contact', 'department_head'];

/**
 * The accounts an alert reaches. An office without anybody passes it on to the next higher one at once
 * (RULES 4); where no office up to the leader holds anybody, the administrators get it.
 */
export function planRecipients(alert: { audience: readonly Office[]; departmentId: string | null }, dir: Directory): Recipients {
  const accounts = new Set<string>();
  const reached = new Set<Office>();
  const empty: Office[] = [];
  for (const office of alert.audience) {
    let at: Office | null = office;
    while (at !== null) {
      const found = holdersOf(at, alert.departmentId, dir);
      if (found.length > 0) {
        for (const id of found) accounts.add(id);
        reached.add(at);
        break;
      }
      if (!empty.includes(at)) empty.push(at);
      at = nextOffice(at);
    }
  }
  const lastResort = accounts.size === 0;
  if (lastResort) for (const h of dir.holders) if (h.role === 'administrator') accounts.add(h.accountId);
  return { accountIds: [...accounts], reached: OFFICES.filter((o) => reached.has(o)), empty, lastResort };
}

/** The office above, or null above the leader. */
export function nextOffice(office: Office): Office | null {
  return OFFICES[OFFICES.indexOf(office) + 1] ?? null;
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
