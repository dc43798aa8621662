import type { DataSource } from 'typeorm';
import { AccountBook } from './account-book';
import { AccountChange } from './account-change';
import { AccountsPolicy } from './accounts-policy';
import { ApiKeys } from './api-keys';
import { AttemptBook } from './attempt-book';
import { AuditChain } from './audit-chain';
import { PersonImport } from './person-import';
import { SessionDesk } from './session-desk';

/** The account book without Nest around it: for the start and the administrator's commands. */
export function openAccountBook(dataSource: DataSource): AccountBook {
  const policy = new AccountsPolicy();
  return new AccountBook(
    dataSource,
    new AuditChain(dataSource),
    new SessionDesk(dataSource, policy),
    new AttemptBook(dataSource),
    policy,
  );
}

/** Accounts and what they become. @param home code of the deployment's own region: who covers it is answerable for the whole */
export function openAccountChange(
  dataSource: DataSource,
  home: string | null,
): { book: AccountBook; changes: AccountChange } {
  const [policy, audit] = [new AccountsPolicy(undefined, undefined, undefined, home), new AuditChain(dataSource)];
  const book = new AccountBook(
    dataSource,
    audit,
    new SessionDesk(dataSource, policy),
    new AttemptBook(dataSource),
    policy,
  );
  return { book, changes: new AccountChange(dataSource, book, audit, policy) };
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
