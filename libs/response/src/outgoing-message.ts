import type { WireAlert } from '@app/domain';
import { type Querier, rows } from '@app/storage';
import { ALERT_COLUMNS, type AlertRow, toWireAlert } from './alert-box.service';

/** A person a message goes to. */
export interface Addressee {
  accountId: string;
  username: string;
  displayName: string;
  email: string | null;
  phone: string | null;
}

/** One alert of a message, with what of case and clock is told beside it. */
export interface ToldAlert {
  alert: WireAlert;
  caseCode: string | null;
  /** As it is stored: whoever tells it masks it. */
  caseTitle: string | null;
  dutyTitle: string | null;
  dueAt: Date | null;
  departmentName: string | null;
}

/** A claimed message: to be sent, then settled. */
export interface Outgoing {
  messageId: string;
  channel: string;
  kind: 'single' | 'digest' | 'storm';
  key: string;
  /** How often it was tried, this time included. */
  attempts: number;
  to: Addressee[];
  /** Alerts it tells. */
  count: number;
  /** The most urgent of them, the gravest and soonest first. Never empty. */
  alerts: ToldAlert[];
  /** Why it must not be sent at all; null: it may. */
  refused: string | null;
}

/** Urgent as `isUrgent` says: critical, or of an emergency. `a` is the alert, `f` its case. */
export const RANK = `case when a.severity = 'critical' or f.case_class = 'emergency' then 2 when a.severity = 'warning' then 1 else 0 end`;

/**
 * Of an alert `a` the term that is told with it, as `c`: its own; without one that of the 签收 for a 交办, else the case's
 * next to run out.
 */
export const TOLD_CLOCK = `left join lateral (
  select k.rule ->> 'title' as title, k.due_at from clock k
  where k.id = a.clock_id or (a.clock_id is null and k.case_id = a.case_id and k.state = 'open')
  order by (a.kind = 'assigned' and k.rule -> 'metBy' @> '"receipt"') desc, k.due_at, k.id limit 1
) c on true`;

/** Alerts that a summary names; the rest is counted. */
const NAMED = 12;

type HeadRow = Pick<Outgoing, 'messageId' | 'channel' | 'kind' | 'key' | 'attempts' | 'count' | 'to'>;
type AlertOf = AlertRow & Omit<ToldAlert, 'alert'> & { messageId: string };

/** The messages by id, in the order of the ids, with what is still to be told. One with nothing left is left out. */
export async function loadOutgoing(on: Querier, messageIds: readonly string[]): Promise<Outgoing[]> {
  if (messageIds.length === 0) return [];
  const heads = await rows<HeadRow>(
    on,
    `select m.id as "messageId", m.channel, m.kind, m.key, max(d.attempts)::int as attempts, count(distinct d.alert_id)::int as count,
       jsonb_agg(distinct jsonb_build_object('accountId', u.id::text, 'username', u.username, 'displayName', u.display_name,
                                             'email', u.email, 'phone', u.phone)) as "to"
     from alert_message m join alert_delivery d on d.message_id = m.id and d.next_try_at is not null
     join account u on u.id = d.account_id and not u.disabled
     where m.id = any($1::bigint[]) group by m.id`,
    [messageIds],
  );
  const alerts = await rows<AlertOf>(
    on,
    `select w.id as "messageId", ${ALERT_COLUMNS}, null as seq, null as "deliveredAt", null as "readAt", f.code as "caseCode",
       f.title as "caseTitle", c.title as "dutyTitle", c.due_at as "dueAt", p.name as "departmentName"
     from unnest($1::bigint[]) as w(id)
     cross join lateral (
       select a.*, ${RANK} as rank from (select distinct alert_id from alert_delivery where message_id = w.id and next_try_at is not null) d
       join alert a on a.id = d.alert_id left join case_file f on f.id = a.case_id ${TOLD_CLOCK}
       order by rank desc, c.due_at nulls last, a.id limit ${NAMED}
     ) a left join case_file f on f.id = a.case_id ${TOLD_CLOCK} left join department p on p.id = f.department_id
     order by w.id, a.rank desc, c.due_at nulls last, a.id`,
    [messageIds],
  );
  const byId = new Map(heads.map((h) => [h.messageId, h]));
  return messageIds.flatMap((id) => {
    const head = byId.get(id);
    const told = alerts.filter((a) => a.messageId === id).map(toldAlert);
    return head && told.length > 0 ? [{ ...head, to: byAccount(head.to), alerts: told, refused: null }] : [];
  });
}

function toldAlert(r: AlertOf): ToldAlert {
  const { caseCode, caseTitle, dutyTitle, dueAt, departmentName } = r;
  return { alert: toWireAlert(r), caseCode, caseTitle, dutyTitle, dueAt, departmentName };
}

function byAccount(to: Addressee[]): Addressee[] {
  return [...to].sort((a, b) => Number(a.accountId) - Number(b.accountId));
}
