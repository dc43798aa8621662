import type { DataSource } from 'typeorm';
import { AccountBook } from './account-book';
import { AccountsPolicy } from './accounts-policy';
import { AttemptBook } from './attempt-book';
import { AuditChain } from './audit-chain';
import { SessionDesk } from './session-desk';

/** The account book without Nest around it: for the start and the administrator's commands. */
export function openAccountBook(dataSource: DataSource): AccountBook {
  const sessions = new SessionDesk(dataSource, new AccountsPolicy());
  return new AccountBook(dataSource, new AuditChain(dataSource), sessions, new AttemptBook(dataSource));
}

/** `admin` with a printed one-time password on a database without accounts; null on every later start. */
export function ensureFirstAdministrator(
  dataSource: DataSource,
): Promise<{ username: string; oneTimePassword: string } | null> {
  return openAccountBook(dataSource).ensureFirstAdministrator();
}
