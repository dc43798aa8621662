import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { boundToDepartment, regionCovers, type Role } from '@app/domain';
import { changeStanding, CHANNELS, sendHint } from '@app/storage';
import { AccountBook, type AccountResult, type AccountRow, notFound, type Refusal } from './account-book';
import { AccountsPolicy } from './accounts-policy';
import { AuditChain } from './audit-chain';

/** What is left out stays. */
export interface AccountPlace {
  displayName?: string;
  role?: Role;
  departmentId?: string | null;
  /** The own bound; null: that of the department, or none. */
  region?: string | null;
}

export interface Change {
  before: AccountRow;
  after: AccountRow;
  /** Its region covers the whole deployment. */
  whole: boolean;
  /** Another role or department: what was planned for the former one does not hold. */
  officeChanged: boolean;
}

/** The rest of the house follows in the same transaction; its answer goes into the record. */
export type Follow<F extends object> = (tx: EntityManager, change: Change) => Promise<F>;

/** 变更角色、部门、地区: from the next request on the account is what it became, and the record keeps both. */
@Injectable()
export class AccountChange {
  constructor(
    private readonly dataSource: DataSource,
    private readonly book: AccountBook,
    private readonly audit: AuditChain,
    private readonly policy: AccountsPolicy,
  ) {}

  /**
   * @param allowed why the caller may not make it what it would become; null: he may
   * @returns the account as it is now; `moved` is false where nothing differs and nothing was written
   */
  async change<F extends object>(
    accountId: string,
    wanted: AccountPlace,
    actor: string,
    { allowed, follow }: { allowed?: (after: AccountRow) => Refusal | null; follow?: Follow<F> } = {},
  ): Promise<AccountResult<{ account: AccountRow; moved: boolean; followed: Partial<F> }>> {
    let done: { account: AccountRow; moved: boolean; followed: Partial<F> } | null = null;
    const refusal = await this.dataSource
      .transaction(async (tx): Promise<Refusal | null> => {
        await changeStanding(tx);
        const administrators = await this.book.lockAdministrators(tx);
        await tx.query('select 1 from account where id = $1 for update', [accountId]);
        const before = await this.book.find(accountId, tx);
        if (!before) return notFound(accountId);
        const next = planned(before, wanted);
        const fault = await this.book.faultOf({ ...next, username: before.username }, tx);
        if (fault) return fault;
        await tx.query(
          'update account set display_name = $2, role = $3, department_id = $4, region = $5 where id = $1',
          [accountId, next.displayName, next.role, next.departmentId, next.region],
        );
        const after = (await this.book.find(accountId, tx))!;
        const whole =
          after.effectiveRegion === null ||
          (this.policy.home !== null && regionCovers(after.effectiveRegion, this.policy.home));
        const last = this.lastOne(administrators, accountId, after, whole) ?? allowed?.(after) ?? null;
        // A refusal undoes what was written to find it out.
        if (last) throw new Refused(last);
        const difference = differenceOf(before, after);
        if (difference === null) {
          done = { account: after, moved: false, followed: {} };
          return null;
        }
        const officeChanged = before.role !== after.role || before.departmentId !== after.departmentId;
        const followed: Partial<F> = (await follow?.(tx, { before, after, whole, officeChanged })) ?? {};
        await this.audit.append(
          {
            actor,
            action: 'user.change',
            object: `account:${accountId}`,
            data: { username: before.username, ...difference, ...followed },
          },
          tx,
        );
        await sendHint(tx, CHANNELS.accountChanged, accountId);
        done = { account: after, moved: true, followed };
        return null;
      })
      .catch(refusedOf);
    return refusal ?? { ok: true, ...done! };
  }

  /** Somebody must be left who may set up the deployment as a whole. */
  private lastOne(
    administrators: readonly { id: string; whole: boolean }[],
    accountId: string,
    after: AccountRow,
    whole: boolean,
  ): Refusal | null {
    if (!this.book.isLast(administrators, accountId)) return null;
    if (after.role !== 'administrator')
      return {
        ok: false,
        status: 409,
        field: 'role',
        reason: '这是最后一个可用的管理员账号，不能改为其他角色；请先设立另一位管理员',
      };
    return whole
      ? null
      : {
          ok: false,
          status: 409,
          field: 'region',
          reason: '这是最后一个可管理全局的管理员账号，不能限定地区；请先设立另一位管理员',
        };
  }
}

class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.reason);
  }
}

function refusedOf(error: unknown): Refusal {
  if (error instanceof Refused) return error.refusal;
  throw error;
}

/** What it would be: what nobody spoke of stays. */
function planned(before: AccountRow, wanted: AccountPlace) {
  const role = wanted.role ?? before.role;
  return {
    displayName: wanted.displayName ?? before.displayName,
    role,
    departmentId: wanted.departmentId === undefined ? before.departmentId : wanted.departmentId,
    // A bound that was right for the former department is not carried into another one.
    region:
      wanted.region === undefined
        ? boundToDepartment(role) && wanted.departmentId !== undefined && wanted.departmentId !== before.departmentId
          ? null
          : before.region
        : wanted.region,
  };
}

const KEPT = ['displayName', 'role', 'departmentId', 'region'] as const;

function differenceOf(before: AccountRow, after: AccountRow): { before: object; after: object } | null {
  const changed = KEPT.filter((k) => before[k] !== after[k]);
  if (changed.length === 0) return null;
  const only = (a: AccountRow): object => Object.fromEntries(changed.map((k) => [k, a[k]]));
  return { before: only(before), after: only(after) };
}
