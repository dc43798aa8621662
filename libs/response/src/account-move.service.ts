import { Injectable } from '@nestjs/common';
import { maySee, regionCovers, type Role, type Viewer } from '@app/domain';
import { CHANNELS, type Querier, rows, sendHint } from '@app/storage';

/** What a move took from an account. */
export interface Moved {
  /** Alerts about cases it may not see any more. */
  withdrawnAlerts: number;
  /** Shifts planned for what it was before. */
  droppedShifts: number;
}

interface Held {
  alertId: string;
  departmentId: string | null;
  supporting: string[];
  region: string | null;
  departmentRegion: string | null;
}

/**
 * What an account that gets another role, department or region leaves behind here. It runs in the transaction of the change:
 * there is no instant at which the new bounds hold and the old alerts can still be read.
 */
@Injectable()
export class AccountMove {
  /**
   * @param officeChanged another role or department: shifts were planned for the former one
   * @param tx of the change itself
   */
  async follow(tx: Querier, accountId: string, viewer: Viewer, officeChanged: boolean): Promise<Moved> {
    const withdrawnAlerts = await withdraw(tx, accountId, viewer);
    return { withdrawnAlerts, droppedShifts: officeChanged ? await dropShifts(tx, accountId) : 0 };
  }

  /**
   * Departments that lie in another region now: their own people are bound by it, and who saw their cases by it sees them
   * no more.
   * @param home code of the deployment's own region
   * @param tx of the change itself
   */
  async followDepartments(
    tx: Querier,
    departmentIds: readonly string[],
    home: string | null,
  ): Promise<Pick<Moved, 'withdrawnAlerts'>> {
    if (departmentIds.length === 0) return { withdrawnAlerts: 0 };
    let withdrawnAlerts = 0;
    for (const { id, ...viewer } of await concerned(tx, departmentIds)) {
      const whole = viewer.region === null || (home !== null && regionCovers(viewer.region, home));
      withdrawnAlerts += await withdraw(tx, id, { ...viewer, whole });
    }
    await sendHint(tx, CHANNELS.accountChanged, '');
    return { withdrawnAlerts };
  }
}

/** Who works there, and who holds an alert about a case of theirs. */
function concerned(
  tx: Querier,
  departmentIds: readonly string[],
): Promise<{ id: string; role: Role; departmentId: string | null; region: string | null }[]> {
  return rows(
    tx,
    `select a.id, a.role, a.department_id as "departmentId", coalesce(a.region, d.region) as region
     from account a left join department d on d.id = a.department_id
     where a.department_id = any($1::text[]) or a.id in (
       select v.account_id from case_file f join alert x on x.case_id = f.id join alert_delivery v on v.alert_id = x.id
       where f.department_id = any($1::text[]) and v.withdrawn_at is null)
     order by a.id`,
    [departmentIds],
  );
}

/** The climb to the next office goes on: nobody has answered for the alert. Links and queued messages end with it. */
async function withdraw(tx: Querier, accountId: string, viewer: Viewer): Promise<number> {
  const held = await rows<Held>(
    tx,
    `select distinct a.id as "alertId", f.department_id as "departmentId", f.supporting, f.region, d.region as "departmentRegion"
     from alert_delivery v join alert a on a.id = v.alert_id join case_file f on f.id = a.case_id left join department d on d.id = f.department_id
     where v.account_id = $1 and v.withdrawn_at is null`,
    [accountId],
  );
  const lost = held.filter((h) => !maySee(viewer, h)).map((h) => h.alertId);
  if (lost.length === 0) return 0;
  await rows(
    tx,
    `with own as (select account_id, channel, seq from alert_delivery
       where account_id = $1 and alert_id = any($2::bigint[]) order by channel, seq for update)
     update alert_delivery d set withdrawn_at = app_now(), next_try_at = null,
       state = case when d.state in ('queued', 'standby') then 'superseded' else d.state end
     from own where d.account_id = own.account_id and d.channel = own.channel and d.seq = own.seq`,
    [accountId, lost],
  );
  await rows(
    tx,
    `update receipt_link set expires_at = least(expires_at, clock_timestamp())
     where account_id = $1 and alert_id = any($2::bigint[]) and used_at is null`,
    [accountId, lost],
  );
  return lost.length;
}

/** What runs ends now, what is to come goes: a gap shows on the roster. */
async function dropShifts(tx: Querier, accountId: string): Promise<number> {
  const gone = await rows(tx, 'delete from roster where account_id = $1 and starts_at >= app_now() returning id', [
    accountId,
  ]);
  const ended = await rows(
    tx,
    'update roster set ends_at = app_now() where account_id = $1 and starts_at < app_now() and ends_at > app_now() returning id',
    [accountId],
  );
  return gone.length + ended.length;
}
