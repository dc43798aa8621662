import { Injectable } from '@nestjs/common';
import { OFFICES, type Office } from '@app/domain';
import { CHANNELS, row, rows, sendHint } from '@app/storage';
import { DataSource } from 'typeorm';
import { invalid, type Refusal } from './desk-result';

/** One shift of an office. */
export interface RosterEntry {
  id: string;
  accountId: string;
  accountName: string;
  office: Office;
  departmentId: string | null;
  startsAt: Date;
  endsAt: Date;
  /** The account that is stood in for, or null. */
  standInFor: string | null;
}

export type NewShift = Omit<RosterEntry, 'id' | 'accountName'>;

const LONGEST_SHIFT_MS = 400 * 86_400_000;

/** Who holds which office when (值班表): the only writer of the roster. */
@Injectable()
export class Roster {
  constructor(private readonly dataSource: DataSource) {}

  /** Shifts that touch the span [from, to). */
  load(from: Date, to: Date): Promise<RosterEntry[]> {
    return rows<RosterEntry>(
      this.dataSource,
      `select r.id, r.account_id as "accountId", u.display_name as "accountName", r.office, r.department_id as "departmentId",
         r.starts_at as "startsAt", r.ends_at as "endsAt", r.stand_in_for as "standInFor"
       from roster r join account u on u.id = r.account_id where r.starts_at < $2 and r.ends_at > $1 order by r.starts_at, r.id`,
      [from, to],
    );
  }

  async add(shift: NewShift): Promise<{ ok: true; id: string } | Refusal> {
    const length = shift.endsAt.getTime() - shift.startsAt.getTime();
    if (!OFFICES.includes(shift.office)) return invalid('office', `岗位必须是：${OFFICES.join('、')}`);
    if (!(length > 0 && length <= LONGEST_SHIFT_MS)) return invalid('endsAt', '结束时间必须晚于开始时间，最长 400 天');
    const account = await row(this.dataSource, 'select id from account where id::text = $1 and not disabled', [
      shift.accountId,
    ]);
    if (!account) return invalid('accountId', '没有这个账号，或账号已停用');
    const added = await row<{ id: string }>(
      this.dataSource,
      `insert into roster (account_id, office, department_id, starts_at, ends_at, stand_in_for) values ($1, $2, $3, $4, $5, $6) returning id`,
      [shift.accountId, shift.office, shift.departmentId, shift.startsAt, shift.endsAt, shift.standInFor],
    );
    if (!added) throw new Error('the shift was not written');
    await sendHint(this.dataSource, CHANNELS.clockChanged, '');
    return { ok: true, id: added.id };
  }

  /**
   * Lays planned shifts of one office over a span: what stood there before and starts within it gives way.
   * @returns how many now stand there
   */
  async lay(
    office: Office,
    departmentId: string | null,
    from: Date,
    to: Date,
    shifts: readonly NewShift[],
  ): Promise<number> {
    await this.dataSource.transaction(async (manager) => {
      await rows(
        manager,
        `delete from roster where office = $1 and department_id is not distinct from $2 and starts_at >= $3 and starts_at < $4`,
        [office, departmentId, from, to],
      );
      await rows(
        manager,
        `insert into roster (account_id, office, department_id, starts_at, ends_at, stand_in_for)
         select "accountId", $1, $2, "startsAt", "endsAt", "standInFor" from jsonb_to_recordset($3::jsonb)
           as s("accountId" bigint, "startsAt" timestamptz, "endsAt" timestamptz, "standInFor" bigint)`,
        [office, departmentId, JSON.stringify(shifts)],
      );
      await sendHint(manager, CHANNELS.clockChanged, '');
    });
    return shifts.length;
  }

  /** @returns false when there was no such shift */
  async remove(id: string): Promise<boolean> {
    return (await rows(this.dataSource, 'delete from roster where id::text = $1 returning id', [id])).length > 0;
  }
}
