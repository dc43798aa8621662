import { Injectable } from '@nestjs/common';
import { DataSource, EntityManager } from 'typeorm';
import { Attempts, LOCK_BY_ADDRESS, LOCK_BY_NAME, LockPolicy, planAttempt } from './lock-out';

/**
 * Wrong passwords, by user name and by address, kept in the database so that several gateways count
 * together. Names are counted whether or not they exist: a lock does not tell which do.
 */
@Injectable()
export class AttemptBook {
  constructor(private readonly dataSource: DataSource) {}

  /** Seconds to wait, or 0 when the attempt is admitted (and already counted). */
  claim(username: string, address: string): Promise<number> {
    return this.dataSource.transaction(async (tx) => {
      const byName = await this.count(tx, nameKey(username), LOCK_BY_NAME);
      if (byName > 0) return byName;
      return this.count(tx, addressKey(address), LOCK_BY_ADDRESS);
    });
  }

  /** The password was right: the name starts afresh, the address gets this one attempt back. */
  async forgive(tx: EntityManager, username: string, address: string): Promise<void> {
    await tx.query('delete from sign_in_attempt where key = $1', [nameKey(username)]);
    await tx.query('update sign_in_attempt set fails = greatest(fails - 1, 0), locked_until = null where key = $1', [
      addressKey(address),
    ]);
  }

  /** An administrator's reset opens the name at once. */
  async unlock(tx: EntityManager, username: string): Promise<void> {
    await tx.query('delete from sign_in_attempt where key = $1', [nameKey(username)]);
  }

  async sweep(): Promise<void> {
    await this.dataSource.query(`delete from sign_in_attempt where last_at < clock_timestamp() - interval '1 day'`);
  }

  private async count(tx: EntityManager, key: string, policy: LockPolicy): Promise<number> {
    await tx.query(
      `insert into sign_in_attempt (key, fails, last_at) values ($1, 0, clock_timestamp()) on conflict (key) do nothing`,
      [key],
    );
    const rows: { fails: number; last_at: Date; locked_until: Date | null; now: Date }[] = await tx.query(
      `select fails, last_at, locked_until, clock_timestamp()::timestamptz(3) as now from sign_in_attempt where key = $1 for update`,
      [key],
    );
    const row = rows[0]!;
    const before: Attempts = { fails: row.fails, lastAt: row.last_at, lockedUntil: row.locked_until };
    const plan = planAttempt(before, row.now, policy);
    if (!plan.admitted) return plan.waitSeconds;
    await tx.query('update sign_in_attempt set fails = $2, last_at = $3, locked_until = $4 where key = $1', [
      key,
      plan.next.fails,
      plan.next.lastAt,
      plan.next.lockedUntil,
    ]);
    return 0;
  }
}

const nameKey = (username: string) => `name:${username.toLowerCase().slice(0, 64)}`;
const addressKey = (address: string) => `address:${address.slice(0, 64)}`;
