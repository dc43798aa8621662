import { Module } from '@nestjs/common';
import { AccountBook } from './account-book';
import { AccountsPolicy } from './accounts-policy';
import { AttemptBook } from './attempt-book';
import { AuditChain } from './audit-chain';
import { DepartmentBook } from './department-book';
import { SessionDesk } from './session-desk';
import { SignIn } from './sign-in';
import { Tidy } from './tidy.service';

const parts = [AccountBook, AttemptBook, AuditChain, DepartmentBook, SessionDesk, SignIn];

/** Needs the DataSource of the storage module in the same application. */
@Module({
  providers: [...parts, Tidy, { provide: AccountsPolicy, useFactory: () => new AccountsPolicy() }],
  exports: [...parts, AccountsPolicy],
})
export class AccountsModule {}
