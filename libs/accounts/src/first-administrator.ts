import type { DataSource } from 'typeorm';
import { AccountBook } from './account-book';
import { AccountsPolicy } from './accounts-policy';
import { ApiKeys } from './api-keys';
import { AttemptBook } from './attempt-book';
import { AuditChain } from './audit-chain';
import { PersonImport } from './person-import';
import { SessionDesk } from './session-desk';

/** The account book without Nest around it: for the start and the administrator's commands. */
export function openAccountBook(dataSource: DataSource): AccountBook {
  const policy = new AccountsPolicy();
  return new AccountBook(dataSource, new AuditChain(dataSource), new SessionDesk(dataSource, policy), new AttemptBook(dataSource), policy);
}

/** Users and departments of tables, for the administrator's commands. */
export function openPersonImport(dataSource: DataSource): PersonImport {
  return new PersonImport(dataSource, openAccountBook(dataSource), new AuditChain(dataSource));
}

/** The keys of programs, for the administrator's commands. */
export function openApiKeys(dataSource: DataSource): ApiKeys {
  return new ApiKeys(dataSource, new AuditChain(dataSource), new AccountsPolicy());
}

/** `admin` with a printed one-time password on a database without accounts; null on every later start. */
export function ensureFirstAdministrator(
  dataSource: DataSource,
): Promise<{ username: string; oneTimePassword: string } | null> {
  return openAccountBook(dataSource).ensureFirstAdministrator();
}
