import { caseClassOf, type CaseClass, type Label } from '@app/domain';
import { CHANNELS, readNow, row, rows, sendHint } from '@app/storage';
import type { EntityManager } from 'typeorm';
import { lockCase } from './case-lock';
import { CLASS_NAMES, isRaise } from './case-grade';
import { appendEvents, SYSTEM } from './event-log';

/** What a new classifier would make of a running case. */
export interface CaseDifference {
  caseId: string;
  code: string;
  from: CaseClass;
  to: CaseClass | null;
}

/** The class that the items of a case give it by these labels; null when none of them is relevant. */
export function classOfItems(labels: readonly Pick<Label, 'level' | 'emergency' | 'grade'>[]): CaseClass | null {
  return labels.map(caseClassOf).reduce<CaseClass | null>((top, c) => (c !== null && (top === null || isRaise(top, c)) ? c : top), null);
}

/**
 * A new classifier sees a case otherwise: it goes to the review queue and its history says so. Clocks are not touched:
 * raising or lowering is a person's decision, and one that was made before stands.
 */
export async function noteReclassified(manager: EntityManager, difference: CaseDifference, version: string): Promise<void> {
  const c = await lockCase(manager, difference.caseId);
  if (!c) return;
  const now = await readNow(manager);
  const to = difference.to === null ? '不属于政务舆情' : CLASS_NAMES[difference.to];
  await appendEvents(
    manager,
    [
      {
        caseId: c.id,
        kind: 'reclassified',
        at: now,
        actor: SYSTEM,
        summary: `新版分类器（${version}）判断为${to}，现为${CLASS_NAMES[difference.from]}：时限未变，请人工复核`,
        data: { ...difference, version },
      },
    ],
    now,
  );
  await rows(manager, 'update case_file set needs_review = true, changed_at = $2, version = version + 1 where id = $1', [c.id, now]);
  await sendHint(manager, CHANNELS.caseChanged, c.id);
}

/** Whether a person has decided about the case; such a decision is not asked for again. */
export async function isDecided(manager: EntityManager, caseId: string): Promise<boolean> {
  return (await row(manager, 'select 1 from label_override where case_id = $1 and item_id is null limit 1', [caseId])) !== null;
}
