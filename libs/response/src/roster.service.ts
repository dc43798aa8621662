import { Injectable } from '@nestjs/common';
import {
  beijingIso,
  OFFICES,
  type Office,
  planShifts,
  type PlannedShift,
  type Rota,
  rotaFault,
  rosterGaps,
  standIn,
} from '@app/domain';
import { CHANNELS, row, rows, sendHint, type Witness } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { invalid, missing, type Refusal } from './desk-result';
import { Lawbook } from './lawbook.service';

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
  standInForName: string | null;
}

export type NewShift = Omit<RosterEntry, 'id' | 'accountName' | 'standInForName'>;

/** A time in which a rostered office holds nobody: its alerts go to the next office at once. */
export interface RosterGap {
  office: Office;
  from: Date;
  to: Date;
}

export type RosterDone = ({ ok: true } & { ids: string[] }) | Refusal;

const LONGEST_SHIFT_MS = 400 * 86_400_000;
const LONGEST_PLAN_DAYS = 400;
/** Offices that a role alone fills as well, whatever the roster says (recipients.ts): no gap. */
const BY_ROLE: readonly Office[] = ['department_contact', 'department_head', 'leader'];

/** Who holds which office when (值班表): the only writer of the roster. */
@Injectable()
export class Roster {
  constructor(
    private readonly dataSource: DataSource,
    private readonly laws: Lawbook,
  ) {}

  /** Shifts that touch the span [from, to). */
  load(from: Date, to: Date): Promise<RosterEntry[]> {
    return rows<RosterEntry>(
      this.dataSource,
      `select r.id, r.account_id as "accountId", u.display_name as "accountName", r.office, r.department_id as "departmentId",
         r.starts_at as "startsAt", r.ends_at as "endsAt", r.stand_in_for as "standInFor", s.display_name as "standInForName"
       from roster r join account u on u.id = r.account_id left join account s on s.id = r.stand_in_for
       where r.starts_at < $2 and r.ends_at > $1 order by r.starts_at, r.id`,
      [from, to],
    );
  }

  /** Whose shift it is; null: there is no such shift. */
  async holderOf(shiftId: string): Promise<string | null> {
    const found = await row<{ accountId: string }>(this.dataSource, 'select account_id as "accountId" from roster where id = $1', [shiftId]);
    return found?.accountId ?? null;
  }

  /** Offices for which a roster is kept at all; the others are held by whoever has the role. */
  async loadRostered(): Promise<Office[]> {
    const found = await rows<{ office: Office }>(this.dataSource, 'select distinct office from roster');
    return OFFICES.filter((o) => found.some((f) => f.office === o));
  }

  /** A shift of a disabled account covers nothing. */
  async loadGaps(from: Date, to: Date): Promise<RosterGap[]> {
    const [shifts, rostered] = [await this.load(from, to), await this.loadRostered()];
    const active = new Set((await this.people()).map((p) => p.id));
    return rostered
      .filter((office) => !BY_ROLE.includes(office))
      .flatMap((office) => {
        const held = shifts.filter((s) => s.office === office && active.has(s.accountId));
        return rosterGaps(held, from, to).map((gap) => ({ office, ...gap }));
      });
  }

  /** Accounts that can be on duty. An auditor does nothing but look. */
  people(): Promise<{ id: string; displayName: string; role: string; departmentId: string | null }[]> {
    return rows(
      this.dataSource,
      `select id, display_name as "displayName", role, department_id as "departmentId" from account
       where not disabled and role <> 'auditor' order by display_name, id`,
    );
  }

  async add(shift: NewShift, witness?: Witness<string[]>): Promise<RosterDone> {
    const length = shift.endsAt.getTime() - shift.startsAt.getTime();
    if (!OFFICES.includes(shift.office)) return invalid('office', `岗位必须是：${OFFICES.join('、')}`);
    if (!(length > 0 && length <= LONGEST_SHIFT_MS)) return invalid('endsAt', '结束时间必须晚于开始时间，最长 400 天');
    const stranger = await this.strangerOf([shift.accountId, shift.standInFor ?? shift.accountId], 'accountId');
    if (stranger) return stranger;
    return { ok: true, ids: await this.dataSource.transaction((manager) => insertShifts(manager, [shift], witness)) };
  }

  /** The shifts of a rota over days (both included), by the calendar in force; nothing is written. */
  async plan(rota: Rota, from: string, until: string): Promise<{ ok: true; shifts: PlannedShift[] } | Refusal> {
    const fault = rotaFault(rota);
    if (fault) return invalid(fault.key, `${fault.key} = ${JSON.stringify(fault.value)}：轮班安排不符合要求`);
    if (from < rota.countedFrom) return invalid('from', `开始日期不能早于轮序起算日 ${rota.countedFrom}`);
    const days = (Date.parse(until) - Date.parse(from)) / 86_400_000 + 1;
    if (!(days >= 1 && days <= LONGEST_PLAN_DAYS)) return invalid('until', '结束日期须在开始日期之后 400 天以内');
    const stranger = await this.strangerOf([...rota.workdays, ...rota.restDays], 'workdays');
    if (stranger) return stranger;
    return { ok: true, shifts: planShifts(rota, from, until, this.laws.calendar) };
  }

  /** Lays planned shifts of one office: what stood there before and starts within their span gives way. */
  async lay(shifts: readonly PlannedShift[], witness?: Witness<string[]>): Promise<RosterDone> {
    const [first, last] = [shifts[0], shifts[shifts.length - 1]];
    if (!first || !last) return invalid('until', '没有可排的班次');
    const ids = await this.dataSource.transaction(async (manager) => {
      await rows(
        manager,
        `delete from roster where office = $1 and department_id is not distinct from $2 and starts_at >= $3 and starts_at < $4`,
        [first.office, first.departmentId, first.startsAt, last.endsAt],
      );
      return insertShifts(manager, shifts, witness);
    });
    return { ok: true, ids };
  }

  /** 替班: another person for a shift, or for a part of it; the rest stays with whom it was. */
  async replace(id: string, accountId: string, from: Date | null, to: Date | null, witness?: Witness<string[]>): Promise<RosterDone> {
    const stranger = await this.strangerOf([accountId], 'accountId');
    if (stranger) return stranger;
    return this.dataSource.transaction(async (manager): Promise<RosterDone> => {
      const shift = await row<PlannedShift>(
        manager,
        `select office, department_id as "departmentId", account_id as "accountId", starts_at as "startsAt",
           ends_at as "endsAt", stand_in_for as "standInFor" from roster where id::text = $1 for update`,
        [id],
      );
      if (!shift) return missing(`没有编号为 ${id} 的班次`);
      if (shift.accountId === accountId) return invalid('accountId', '替班人就是当班人');
      const span = { from: from ?? shift.startsAt, to: to ?? shift.endsAt };
      if (!(span.from < span.to && span.from < shift.endsAt && span.to > shift.startsAt)) {
        const bounds = `${beijingIso(shift.startsAt)} 至 ${beijingIso(shift.endsAt)}`;
        return invalid('from', `替班时间须与班次（${bounds}）相交`);
      }
      await rows(manager, 'delete from roster where id::text = $1', [id]);
      const pieces = standIn([shift], [{ accountId: shift.accountId, ...span, standIn: accountId }]);
      return { ok: true, ids: await insertShifts(manager, pieces, witness) };
    });
  }

  async remove(id: string, witness?: Witness<string[]>): Promise<RosterDone> {
    return this.dataSource.transaction(async (manager): Promise<RosterDone> => {
      const gone = await rows<{ id: string }>(manager, 'delete from roster where id::text = $1 returning id', [id]);
      if (gone.length === 0) return missing(`没有编号为 ${id} 的班次`);
      const ids = gone.map((g) => g.id);
      await witness?.(manager, ids);
      return { ok: true, ids };
    });
  }

  private async strangerOf(ids: readonly string[], field: string): Promise<Refusal | null> {
    const known = new Set((await this.people()).map((p) => p.id));
    const stranger = ids.find((i) => !known.has(i));
    return stranger === undefined ? null : invalid(field, `没有编号为 ${stranger} 的账号，或账号已停用、不参加值班`);
  }
}

async function insertShifts(on: EntityManager, shifts: readonly NewShift[], witness?: Witness<string[]>): Promise<string[]> {
  const added = await rows<{ id: string }>(
    on,
    `insert into roster (account_id, office, department_id, starts_at, ends_at, stand_in_for)
     select "accountId", office, "departmentId", "startsAt", "endsAt", "standInFor" from jsonb_to_recordset($1::jsonb)
       as s("accountId" bigint, office text, "departmentId" text, "startsAt" timestamptz, "endsAt" timestamptz, "standInFor" bigint)
     returning id`,
    [JSON.stringify(shifts)],
  );
  await sendHint(on, CHANNELS.clockChanged, '');
  const ids = added.map((a) => a.id);
  await witness?.(on, ids);
  return ids;
}
