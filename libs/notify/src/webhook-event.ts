import { beijingIso, type Bounds, maskText, maySee } from '@app/domain';
import type { WebhookSettings } from '@app/settings';
import { row, type Querier } from '@app/storage';

interface EventRow extends Bounds {
  id: string;
  kind: string;
  at: Date;
  recordedAt: Date;
  summary: string;
  caseId: string;
  code: string;
  title: string;
  level: string;
  caseClass: string;
  state: string;
  departmentName: string | null;
  clockId: string | null;
  duty: string | null;
  clockTitle: string | null;
  clockState: string | null;
  targetAt: Date | null;
  dueAt: Date | null;
}

/** One event as it is sent: masked like everything that leaves, and without the names of persons. */
export interface WebhookBody {
  id: string;
  type: string;
  body: string;
}

/** @returns null when the event is not for this subscription (another region, another department), or is gone */
export async function loadWebhookBody(on: Querier, hook: WebhookSettings, eventId: string, publicUrl: string | null): Promise<WebhookBody | null> {
  const e = await row<EventRow>(
    on,
    `select e.id, e.kind, e.at, e.recorded_at as "recordedAt", e.summary, f.id as "caseId", f.code, f.title, f.level, f.case_class as "caseClass", f.state,
       f.department_id as "departmentId", f.supporting, f.region, d.name as "departmentName", d.region as "departmentRegion",
       c.id as "clockId", c.duty, c.title as "clockTitle", c.state as "clockState", c.target_at as "targetAt", c.due_at as "dueAt"
     from case_event e join case_file f on f.id = e.case_id left join department d on d.id = f.department_id left join clock c on c.id = e.clock_id
     where e.id = $1`,
    [eventId],
  );
  if (!e || !meant(hook, e)) return null;
  const type = e.kind.startsWith('clock-') ? `clock.${e.kind.slice(6)}` : `case.${e.kind}`;
  const id = `event-${e.id}`;
  const body = {
    ...{ id, type, at: beijingIso(e.at), recordedAt: beijingIso(e.recordedAt), summary: maskText(e.summary) },
    case: {
      ...{ id: e.caseId, code: e.code, title: maskText(e.title), level: e.level, caseClass: e.caseClass, state: e.state },
      ...{ departmentId: e.departmentId, departmentName: e.departmentName, region: e.region, url: publicUrl && `${publicUrl}/cases/${e.caseId}` },
    },
    clock: e.clockId && {
      ...{ id: e.clockId, duty: e.duty, title: e.clockTitle, state: e.clockState },
      ...{ targetAt: e.targetAt && beijingIso(e.targetAt), dueAt: e.dueAt && beijingIso(e.dueAt) },
    },
  };
  return { id, type, body: JSON.stringify(body) };
}

function meant({ region, departmentId }: WebhookSettings, e: EventRow): boolean {
  if (departmentId !== undefined && e.departmentId !== departmentId && !e.supporting.includes(departmentId)) return false;
  return maySee({ role: 'auditor', departmentId: null, region: region ?? null }, e);
}
