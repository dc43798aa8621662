import { beijingIso, type WireDelivery } from '@app/domain';
import { type Querier, rows } from '@app/storage';

/** The name of the socket's channel as people read it. */
export const SOCKET_TITLE = '网页';

/** What became of alerts for each person and channel, as people read it: by alert, then by person, the socket first. */
export async function loadDeliveries(on: Querier, alertIds: readonly string[], titles: ReadonlyMap<string, string>): Promise<Map<string, WireDelivery[]>> {
  const found = await rows<Omit<WireDelivery, 'at' | 'channelTitle'> & { alertId: string; at: Date }>(
    on,
    `select d.alert_id as "alertId", u.display_name as "accountName", d.channel, d.state, d.last_fault as fault,
       coalesce(d.read_at, d.delivered_at, d.sent_at, a.addressed_at, a.created_at) as at
     from alert_delivery d join account u on u.id = d.account_id join alert a on a.id = d.alert_id
     where d.alert_id = any($1::bigint[]) order by d.alert_id, u.display_name, u.id, d.channel <> 'socket', d.fallback, d.channel`,
    [alertIds],
  );
  const byAlert = new Map<string, WireDelivery[]>();
  for (const { alertId, at, ...d } of found) {
    const channelTitle = d.channel === 'socket' ? SOCKET_TITLE : (titles.get(d.channel) ?? d.channel);
    byAlert.set(alertId, [...(byAlert.get(alertId) ?? []), { ...d, channelTitle, at: beijingIso(at) }]);
  }
  return byAlert;
}
