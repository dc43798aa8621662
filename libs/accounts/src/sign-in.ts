import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AttemptBook } from './attempt-book';
import { AuditChain } from './audit-chain';
import { passwordMatches } from './password';
import { type Principal, SessionDesk } from './session-desk';

export type SignInResult =
  | { ok: true; token: string; principal: Principal }
  | { ok: false; reason: string; status: 401 | 429; waitSeconds?: number };

/** One wording for an unknown name, a wrong password and a disabled account: none is told apart. */
const REFUSED = '用户名或密码不正确';

@Injectable()
export class SignIn {
  constructor(
    private readonly dataSource: DataSource,
    private readonly attempts: AttemptBook,
    private readonly sessions: SessionDesk,
    private readonly audit: AuditChain,
  ) {}

  /** @param oldSession key of a session the browser still holds; it ends with the new sign-in */
  async signIn(username: string, password: string, address: string, oldSession: string | null): Promise<SignInResult> {
    const waitSeconds = await this.attempts.claim(username, address);
    if (waitSeconds > 0) {
      return { ok: false, status: 429, waitSeconds, reason: `登录失败次数过多，请 ${waitSeconds} 秒后再试` };
    }
    const rows: { id: string; password_hash: string; disabled: boolean }[] = await this.dataSource.query(
      'select id, password_hash, disabled from account where username = $1',
      [username],
    );
    const account = rows[0];
    const matches = await passwordMatches(account?.password_hash ?? null, password);
    if (!account || !matches || account.disabled) return this.refused(username, address);
    const opened = await this.dataSource.transaction(async (tx) => {
      // Comparing takes a moment: a password that was reset meanwhile opens nothing any more.
      const [still] = (await tx.query(
        'select 1 from account where id = $1 and password_hash = $2 and not disabled for share',
        [account.id, account.password_hash],
      )) as unknown[];
      if (still === undefined) return null;
      await this.attempts.forgive(tx, username, address);
      if (oldSession) await this.sessions.close(tx, oldSession);
      const made = await this.sessions.open(tx, account.id);
      await this.audit.append(
        { actor: username, action: 'session.open', object: `account:${account.id}`, data: { address } },
        tx,
      );
      return made;
    });
    return opened === null ? this.refused(username, address) : { ok: true, ...opened };
  }

  async signOut(principal: Principal): Promise<void> {
    await this.dataSource.transaction(async (tx) => {
      await this.sessions.close(tx, principal.sessionKey);
      await this.audit.append(
        { actor: principal.username, action: 'session.close', object: `account:${principal.accountId}` },
        tx,
      );
    });
  }

  /**
   * A refusal does nothing that its record could stand with: the try itself was counted before the password was looked at, so
   * that breaking off wins nobody a free one.
   */
  private async refused(username: string, address: string): Promise<SignInResult> {
    await this.audit.append({ actor: username.slice(0, 64), action: 'session.refused', data: { address } });
    return { ok: false, status: 401, reason: REFUSED };
  }
}
