import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { regionCovers, type Role, type TokenScope, type Viewer } from '@app/domain';
import { AccountsPolicy } from './accounts-policy';

/** A signed-in person, as the guard hands it to the routes. */
export interface Principal extends Viewer {
  accountId: string;
  username: string;
  displayName: string;
  role: Role;
  departmentId: string | null;
  departmentName: string | null;
  mustChangePassword: boolean;
  csrfToken: string;
  /** Hash of the cookie's token: names the session without opening it. */
  sessionKey: string;
  /** Signed in by a token, not by a session: what it may do ends at its scopes. */
  token?: { id: string; name: string; scopes: TokenScope[] };
}

interface SessionRow {
  token_hash: string;
  csrf_token: string;
  id: string;
  username: string;
  display_name: string;
  role: Role;
  department_id: string | null;
  department_name: string | null;
  region: string | null;
  must_change_password: boolean;
  /** Last seen more than a minute ago. */
  stale: boolean;
}

/** Valid now: not past its end, used lately, and its account is still in service. */
const LIVE = `s.expires_at > clock_timestamp() and s.last_seen_at > clock_timestamp() - make_interval(secs => $1) and not a.disabled`;

/**
 * Sessions by cookie. They are measured by the database's own clock and not by app_now(): a drill that
 * plays five days in seconds must not sign everybody out, and a stopped drill clock must not keep a
 * stolen cookie alive.
 */
@Injectable()
export class SessionDesk {
  constructor(
    private readonly dataSource: DataSource,
    private readonly policy: AccountsPolicy,
  ) {}

  /**
   * A fresh token for a fresh sign-in (a token known beforehand is never taken up: no fixation).
   * @param tx of the sign-in, whose record stands with the session or not at all
   */
  async open(tx: EntityManager, accountId: string, byOidc = false): Promise<{ token: string; principal: Principal }> {
    const token = randomBytes(32).toString('base64url');
    const csrf = randomBytes(32).toString('base64url');
    await tx.query(
      `insert into session (token_hash, account_id, csrf_token, created_at, last_seen_at, expires_at, by_oidc)
       values ($1, $2, $3, clock_timestamp(), clock_timestamp(), clock_timestamp() + make_interval(secs => $4), $5)`,
      [sessionKeyOf(token), accountId, csrf, this.policy.absoluteSeconds, byOidc],
    );
    const [opened] = await this.load([sessionKeyOf(token)], tx);
    if (!opened) throw new Error(`the session just opened for account ${accountId} cannot be found`);
    return { token, principal: principalOf(opened, this.policy.home) };
  }

  /** The person behind a cookie, or null when it is unknown, run out, idle too long or disabled. */
  async find(token: string): Promise<Principal | null> {
    if (!/^[A-Za-z0-9_-]{43}$/.test(token)) return null;
    const row = (await this.load([sessionKeyOf(token)]))[0];
    if (!row) return null;
    if (row.stale) await this.touch(row.token_hash);
    return principalOf(row, this.policy.home);
  }

  private load(sessionKeys: string[], on: DataSource | EntityManager = this.dataSource): Promise<SessionRow[]> {
    return on.query(
      `select s.token_hash, s.csrf_token, a.id, a.username, a.display_name, a.role, a.department_id, d.name as department_name,
              coalesce(a.region, d.region) as region, a.must_change_password and not s.by_oidc as must_change_password,
              s.last_seen_at < clock_timestamp() - interval '1 minute' as stale
         from session s join account a on a.id = s.account_id left join department d on d.id = a.department_id
        where s.token_hash = any($2) and ${LIVE}`,
      [this.policy.idleSeconds, sessionKeys],
    );
  }

  /** Moves the idle limit; once a minute is enough. */
  private async touch(sessionKey: string): Promise<void> {
    await this.dataSource.query('update session set last_seen_at = clock_timestamp() where token_hash = $1', [
      sessionKey,
    ]);
  }

  /** Those of these sessions that are still good, and whose they are now: for sockets, which outlive the request that opened them. */
  async stillLive(sessionKeys: string[]): Promise<Map<string, Principal>> {
    if (sessionKeys.length === 0) return new Map();
    const rows = await this.load(sessionKeys);
    return new Map(rows.map((r) => [r.token_hash, principalOf(r, this.policy.home)]));
  }

  /** Counts open sockets as use of their sessions, once in five minutes; never beyond the absolute end. */
  async keep(sessionKeys: string[]): Promise<void> {
    if (!this.policy.socketKeepsSession || sessionKeys.length === 0) return;
    await this.dataSource.query(
      `update session set last_seen_at = clock_timestamp()
        where token_hash = any($1) and last_seen_at < clock_timestamp() - interval '5 minutes'`,
      [sessionKeys],
    );
  }

  async close(tx: EntityManager, sessionKey: string): Promise<void> {
    await tx.query('delete from session where token_hash = $1', [sessionKey]);
  }

  /** Ends every session of an account, but for one when the owner changes the own password. */
  async closeAll(tx: EntityManager, accountId: string, except?: string): Promise<void> {
    await tx.query('delete from session where account_id = $1 and token_hash <> $2', [accountId, except ?? '']);
  }

  /** Removes what has run out. */
  async sweep(): Promise<void> {
    await this.dataSource.query(
      `delete from session where expires_at < clock_timestamp() or last_seen_at < clock_timestamp() - make_interval(secs => $1)`,
      [this.policy.idleSeconds],
    );
  }
}

/** Only the hash is stored: who reads the table cannot sign in with it. */
export function sessionKeyOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Compares two secrets in a time that does not depend on where they differ. */
export function sameSecret(a: string, b: string): boolean {
  const left = createHash('sha256').update(a).digest();
  const right = createHash('sha256').update(b).digest();
  return timingSafeEqual(left, right);
}

/** Whether both may do and see the same. */
export function sameStanding(a: Principal, b: Principal): boolean {
  return (
    a.role === b.role &&
    a.departmentId === b.departmentId &&
    a.region === b.region &&
    a.mustChangePassword === b.mustChangePassword
  );
}

function principalOf(row: SessionRow, home: string | null): Principal {
  return {
    accountId: row.id,
    username: row.username,
    displayName: row.display_name,
    role: row.role,
    departmentId: row.department_id,
    departmentName: row.department_name,
    region: row.region,
    whole: row.region === null || (home !== null && regionCovers(row.region, home)),
    mustChangePassword: row.must_change_password,
    csrfToken: row.csrf_token,
    sessionKey: row.token_hash,
  };
}
