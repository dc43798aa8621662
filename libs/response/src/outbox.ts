import type { Office, WireAlert } from '@app/domain';
import { CHANNELS, rows, sendHint, type Querier } from '@app/storage';

/** An alert before it is written to the outbox. */
export interface NewAlert {
  /** Idempotency key; a second alert with the same key is dropped by the database. */
  key: string;
  kind: WireAlert['kind'];
  severity: WireAlert['severity'];
  title: string;
  body: string;
  caseId: string | null;
  clockId: string | null;
  rung: string | null;
  raisedFrom?: string | null;
  audience: readonly Office[];
  /** The department whose contact and head are meant; null where none is. */
  departmentId: string | null;
  /** Minutes without a receipt after which the next office is reached; null: never. */
  receiptMinutes: number | null;
  /** The instant it is about, e.g. the rung's. */
  instantAt: Date;
}

/**
 * Writes alerts in the transaction of what they tell (the outbox), and hints at them.
 * @returns ids of the rows written; fewer than given when a key was there already
 */
export async function writeAlerts(on: Querier, alerts: readonly NewAlert[], now: Date): Promise<string[]> {
  if (alerts.length === 0) return [];
  const written = await rows<{ id: string }>(
    on,
    `insert into alert (key, kind, severity, title, body, case_id, clock_id, rung, raised_from, audience,
                        department_id, receipt_minutes, instant_at, created_at)
     select key, kind, severity, title, body, case_id, clock_id, rung, raised_from,
            array(select jsonb_array_elements_text(audience)), department_id, receipt_minutes, instant_at, $2
     from jsonb_to_recordset($1::jsonb) as a(key text, kind text, severity text, title text, body text,
       case_id bigint, clock_id bigint, rung text, raised_from bigint, audience jsonb, department_id text,
       receipt_minutes int, instant_at timestamptz)
     on conflict (key) do nothing
     returning id`,
    [
      JSON.stringify(
        alerts.map((a) => ({
          key: a.key,
          kind: a.kind,
          severity: a.severity,
          title: a.title,
          body: a.body,
          case_id: a.caseId,
          clock_id: a.clockId,
          rung: a.rung,
          raised_from: a.raisedFrom ?? null,
          audience: a.audience,
          department_id: a.departmentId,
          receipt_minutes: a.receiptMinutes,
          instant_at: a.instantAt,
        })),
      ),
      now,
    ],
  );
  await sendHint(on, CHANNELS.clockChanged, '');
  return written.map((w) => w.id);
}
