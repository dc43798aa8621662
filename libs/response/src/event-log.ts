import { rows, type Querier } from '@app/storage';

/** One row of a case's append-only history, before it is written. */
export interface NewEvent {
  caseId: string;
  clockId?: string | null;
  kind: string;
  /** When it happened. */
  at: Date;
  actor: string;
  /** 中文, shown in the timeline. */
  summary: string;
  data?: Record<string, unknown>;
}

/** The actor of what nobody did by hand. */
export const SYSTEM = '系统';

/** Appends to case_event. @param now becomes recorded_at: when it was entered, not when it happened */
export async function appendEvents(on: Querier, events: readonly NewEvent[], now: Date): Promise<void> {
  if (events.length === 0) return;
  await rows(
    on,
    `insert into case_event (case_id, clock_id, kind, at, recorded_at, actor, summary, data)
     select case_id, clock_id, kind, at, $2, actor, summary, data
     from jsonb_to_recordset($1::jsonb) as e(case_id bigint, clock_id bigint, kind text, at timestamptz,
       actor text, summary text, data jsonb)`,
    [
      JSON.stringify(
        events.map((e) => ({
          case_id: e.caseId,
          clock_id: e.clockId ?? null,
          kind: e.kind,
          at: e.at,
          actor: e.actor,
          summary: e.summary,
          data: e.data ?? {},
        })),
      ),
      now,
    ],
  );
}
