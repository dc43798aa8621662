import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { regionCovers, ROLES, type Role } from '@app/domain';
import { CHANNELS, sendHint } from '@app/storage';
import { AccountsPolicy } from './accounts-policy';
import { AttemptBook } from './attempt-book';
import { AuditChain } from './audit-chain';
import { type Contact, contactFault, given, maskedContact } from './contact';
import { hashPassword, oneTimePassword, passwordFault, passwordMatches } from './password';
import { SessionDesk } from './session-desk';

/** An account as administrators see it; never its hash. */
export interface AccountRow {
  id: string;
  username: string;
  displayName: string;
  role: Role;
  departmentId: string | null;
  departmentName: string | null;
  region: string | null;
  /** The account's own bound, else its department's. */
  effectiveRegion: string | null;
  email: string | null;
  phone: string | null;
  disabled: boolean;
  mustChangePassword: boolean;
  createdAt: Date;
  lockedUntil: Date | null;
}

export interface NewAccount {
  username: string;
  displayName: string;
  role: Role;
  departmentId?: string | null;
  region?: string | null;
  email?: string | null;
  phone?: string | null;
}

/** An expected refusal, with the field that is wrong where there is one; the reason is Chinese. */
export type Refusal = { ok: false; reason: string; field?: string; status?: 404 | 409 | 422 };
export type AccountResult<T> = ({ ok: true } & T) | Refusal;

const COLUMNS = `a.id, a.username, a.display_name as "displayName", a.role, a.department_id as "departmentId", d.name as "departmentName",
  a.region, coalesce(a.region, d.region) as "effectiveRegion", a.email, a.phone, a.disabled, a.must_change_password as "mustChangePassword", a.created_at as "createdAt",
  case when t.locked_until > clock_timestamp() then t.locked_until end as "lockedUntil"`;
const FROM = `account a left join department d on d.id = a.department_id
  left join sign_in_attempt t on t.key = 'name:' || lower(a.username)`;

/** Accounts: added, disabled, given a new first password. Each change is audited in its transaction. */
@Injectable()
export class AccountBook {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditChain,
    private readonly sessions: SessionDesk,
    private readonly attempts: AttemptBook,
    private readonly policy: AccountsPolicy,
  ) {}

  list(): Promise<AccountRow[]> {
    return this.dataSource.query(`select ${COLUMNS} from ${FROM} order by a.id`);
  }

  /** Adds an account whose printed password must be changed at the first sign-in. */
  async add(
    account: NewAccount,
    actor: string,
  ): Promise<AccountResult<{ account: AccountRow; oneTimePassword: string }>> {
    const fault = await this.faultOf(account);
    if (fault) return fault;
    const password = oneTimePassword();
    const hash = await hashPassword(password);
    const id = await this.dataSource.transaction(async (tx) => {
      const rows: { id: string }[] = await tx.query(
        `insert into account (username, display_name, role, department_id, region, email, phone, password_hash, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, app_now()) on conflict (username) do nothing returning id`,
        [
          account.username,
          account.displayName,
          account.role,
          account.departmentId ?? null,
          account.region ?? null,
          account.email ?? null,
          account.phone ?? null,
          hash,
        ],
      );
      if (!rows[0]) return null;
      await this.audit.append(
        { actor, action: 'user.add', object: `account:${rows[0].id}`, data: { ...account, ...maskedContact(account) } },
        tx,
      );
      return rows[0].id;
    });
    if (id === null) return { ok: false, status: 409, field: 'username', reason: `用户名“${account.username}”已存在` };
    return { ok: true, account: await this.byId(id), oneTimePassword: password };
  }

  /** 联系方式: what is left out stays, null takes it away. The audit keeps the masked form only. */
  async setContact(
    accountId: string,
    contact: Contact,
    actor: string,
  ): Promise<AccountResult<{ account: AccountRow }>> {
    const fault = contactFault(contact);
    if (fault) return wrong(fault.field, fault.reason);
    const found = await this.dataSource.transaction(async (tx) => {
      const rows: { username: string; email: string | null; phone: string | null }[] = await tx.query(
        'select username, email, phone from account where id = $1 for update',
        [accountId],
      );
      if (!rows[0]) return false;
      const next = { email: rows[0].email, phone: rows[0].phone, ...given(contact) };
      await tx.query('update account set email = $2, phone = $3 where id = $1', [accountId, next.email, next.phone]);
      const data = { username: rows[0].username, ...maskedContact(next) };
      await this.audit.append({ actor, action: 'user.contact', object: `account:${accountId}`, data }, tx);
      return true;
    });
    return found ? { ok: true, account: await this.byId(accountId) } : notFound(accountId);
  }

  /** Whole, to send to; never to be shown. */
  async contactOf(accountId: string): Promise<{ email: string | null; phone: string | null }> {
    const rows: { email: string | null; phone: string | null }[] = await this.dataSource.query(
      'select email, phone from account where id = $1',
      [accountId],
    );
    return rows[0] ?? { email: null, phone: null };
  }

  async disable(accountId: string, actor: string): Promise<AccountResult<{ account: AccountRow }>> {
    const refusal = await this.dataSource.transaction(async (tx): Promise<Refusal | null> => {
      const admins = await this.lockAdministrators(tx);
      const rows: { id: string; username: string }[] = await tx.query(
        'select id, username from account where id = $1',
        [accountId],
      );
      if (!rows[0]) return notFound(accountId);
      if (this.isLast(admins, rows[0].id)) {
        return { ok: false, status: 409, reason: '这是最后一个可用的管理员账号，不能停用' };
      }
      await tx.query('update account set disabled = true where id = $1', [accountId]);
      await tx.query('delete from session where account_id = $1', [accountId]);
      await this.audit.append(
        { actor, action: 'user.disable', object: `account:${accountId}`, data: { username: rows[0].username } },
        tx,
      );
      await sendHint(tx, CHANNELS.accountChanged, accountId);
      return null;
    });
    return refusal ?? { ok: true, account: await this.byId(accountId) };
  }

  /** A new one-time password; all sessions end, a lock-out is lifted, a disabled account is in service again. */
  async resetPassword(
    accountId: string,
    actor: string,
  ): Promise<AccountResult<{ account: AccountRow; oneTimePassword: string }>> {
    const password = oneTimePassword();
    const hash = await hashPassword(password);
    const username = await this.dataSource.transaction(async (tx) => {
      const rows: { username: string }[] = await tx.query('select username from account where id = $1 for update', [
        accountId,
      ]);
      if (!rows[0]) return null;
      await tx.query(
        'update account set password_hash = $2, must_change_password = true, disabled = false where id = $1',
        [accountId, hash],
      );
      await tx.query('delete from session where account_id = $1', [accountId]);
      // A reset often follows a loss: nothing that was opened before stays open.
      await tx.query('update api_key set revoked_at = clock_timestamp() where account_id = $1 and revoked_at is null', [
        accountId,
      ]);
      await this.attempts.unlock(tx, rows[0].username);
      await this.audit.append(
        { actor, action: 'user.reset-password', object: `account:${accountId}`, data: { username: rows[0].username } },
        tx,
      );
      return rows[0].username;
    });
    if (username === null) return notFound(accountId);
    return { ok: true, account: await this.byId(accountId), oneTimePassword: password };
  }

  /** The owner changes the own password; other sessions of the account end. */
  async changePassword(
    me: { accountId: string; username: string; sessionKey: string },
    current: string,
    next: string,
  ): Promise<AccountResult<object>> {
    const rows: { password_hash: string }[] = await this.dataSource.query(
      'select password_hash from account where id = $1',
      [me.accountId],
    );
    if (!(await passwordMatches(rows[0]?.password_hash ?? null, current))) {
      return { ok: false, status: 422, field: 'current', reason: '当前密码不正确' };
    }
    if (current === next) return { ok: false, status: 422, field: 'next', reason: '新密码不能与当前密码相同' };
    const fault = passwordFault(next, me.username);
    if (fault) return { ok: false, status: 422, field: 'next', reason: fault };
    const hash = await hashPassword(next);
    await this.dataSource.transaction(async (tx) => {
      await tx.query('update account set password_hash = $2, must_change_password = false where id = $1', [
        me.accountId,
        hash,
      ]);
      await this.sessions.closeAll(tx, me.accountId, me.sessionKey);
      await this.audit.append({ actor: me.username, action: 'password.change', object: `account:${me.accountId}` }, tx);
    });
    return { ok: true };
  }

  async idOf(username: string): Promise<string | null> {
    const rows: { id: string }[] = await this.dataSource.query('select id from account where username = $1', [
      username,
    ]);
    return rows[0]?.id ?? null;
  }

  /** Makes `admin` when there is no account at all; null on every later start. */
  async ensureFirstAdministrator(): Promise<{ username: string; oneTimePassword: string } | null> {
    const none: { none: boolean }[] = await this.dataSource.query('select not exists (select from account) as none');
    if (!none[0]!.none) return null;
    const made = await this.add({ username: 'admin', displayName: '系统管理员', role: 'administrator' }, 'system');
    return made.ok ? { username: 'admin', oneTimePassword: made.oneTimePassword } : null;
  }

  /** Locked in one order, so that two administrators cannot put each other out of service at once. */
  async lockAdministrators(tx: EntityManager): Promise<{ id: string; whole: boolean }[]> {
    const found: { id: string; region: string | null }[] = await tx.query(
      `select a.id, coalesce(a.region, d.region) as region from account a left join department d on d.id = a.department_id
       where a.role = 'administrator' and not a.disabled order by a.id for update of a`,
    );
    const { home } = this.policy;
    return found.map(({ id, region }) => ({
      id,
      whole: region === null || (home !== null && regionCovers(region, home)),
    }));
  }

  /** Whether nobody would be left to set up the deployment as a whole: an administrator of one county cannot. */
  isLast(administrators: readonly { id: string; whole: boolean }[], accountId: string): boolean {
    const wholes = administrators.filter((a) => a.whole);
    const those = wholes.length > 0 ? wholes : administrators;
    return those.length === 1 && those[0]!.id === accountId;
  }

  async find(id: string, tx: EntityManager | DataSource = this.dataSource): Promise<AccountRow | null> {
    const rows: AccountRow[] = await tx.query(`select ${COLUMNS} from ${FROM} where a.id = $1`, [id]);
    return rows[0] ?? null;
  }

  private async byId(id: string): Promise<AccountRow> {
    return (await this.find(id))!;
  }

  /** What is wrong with an account that somebody wants made, with its field; null: nothing. */
  async faultOf(a: NewAccount, tx: EntityManager | DataSource = this.dataSource): Promise<Refusal | null> {
    if (!/^[a-z][a-z0-9._-]{1,31}$/.test(a.username)) {
      return wrong('username', '用户名须为 2–32 位小写字母、数字、点、横线或下划线，以字母开头');
    }
    if (a.displayName.trim() === '' || a.displayName.length > 40) return wrong('displayName', '姓名须为 1–40 个字符');
    if (!ROLES.includes(a.role)) return wrong('role', `角色须为其中之一：${ROLES.join('、')}`);
    const contact = contactFault(a);
    if (contact) return wrong(contact.field, contact.reason);
    const bound = a.role === 'department_contact' || a.role === 'department_head';
    if (bound && !a.departmentId) return wrong('departmentId', '部门联络员和部门负责人必须属于一个部门');
    // The log of who did what is one chain, and the auditor reads all of it.
    if (a.role === 'auditor' && a.region) return wrong('region', '审计员查看全部，不能限定地区');
    if (a.region && !/^\d{6,12}$/.test(a.region) && !a.region.includes('/'))
      return wrong('region', '地区须为行政区划代码（6–12 位数字）');
    return a.departmentId ? this.departmentFault(a.departmentId, a.region ?? null, tx) : null;
  }

  /** A department belongs to a region: who works in it cannot be bound to another one. */
  private async departmentFault(
    departmentId: string,
    region: string | null,
    tx: EntityManager | DataSource,
  ): Promise<Refusal | null> {
    const rows: { region: string | null }[] = await tx.query('select region from department where id = $1', [
      departmentId,
    ]);
    const department = rows[0];
    if (!department) return wrong('departmentId', `没有编号为“${departmentId}”的部门`);
    const apart = region !== null && department.region !== null && !regionCovers(region, department.region);
    return apart ? wrong('region', `部门属于地区 ${department.region}，账号的地区须与之相同或在其上级`) : null;
  }
}

const wrong = (field: string, reason: string): Refusal => ({ ok: false, status: 422, field, reason });
export const notFound = (id: string): Refusal => ({ ok: false, status: 404, reason: `没有编号为 ${id} 的账号` });
