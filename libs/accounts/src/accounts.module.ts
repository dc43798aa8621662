import { Module } from '@nestjs/common';
import { SETTINGS, type Settings } from '@app/settings';
import { AccountBook } from './account-book';
import { AccountChange } from './account-change';
import { AccountsPolicy } from './accounts-policy';
import { ApiKeys } from './api-keys';
import { AttemptBook } from './attempt-book';
import { AuditChain } from './audit-chain';
import { ConfigRecord } from './config-record';
import { DepartmentBook } from './department-book';
import { OidcSignIn } from './oidc-sign-in';
import { PersonImport } from './person-import';
import { RequestKeys } from './request-keys';
import { SessionDesk } from './session-desk';
import { SignIn } from './sign-in';
import { Tidy } from './tidy.service';
import { ViewBook } from './view-book';

const parts = [AccountBook, AccountChange, ApiKeys, AttemptBook, AuditChain, ConfigRecord, DepartmentBook, OidcSignIn, PersonImport, RequestKeys, SessionDesk, SignIn, ViewBook];

function policyOf({ signIn, deployment }: Settings): AccountsPolicy {
  const { idleHours, absoluteDays, socketKeepsSession } = signIn;
  return new AccountsPolicy(idleHours * 3600, absoluteDays * 86_400, socketKeepsSession, deployment.regionCode);
}

/** Needs the DataSource of the storage module in the same application. */
@Module({
  providers: [...parts, Tidy, { provide: AccountsPolicy, inject: [SETTINGS], useFactory: policyOf }],
  exports: [...parts, AccountsPolicy],
})
export class AccountsModule {}
