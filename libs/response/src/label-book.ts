import { judgedOf, type JudgedLabel, type Label, decidedLabel, type Verdict } from '@app/domain';
import { row, rows, type Querier } from '@app/storage';

/** One decision of a person about a label, before it is kept. */
export interface NewVerdict {
  itemId?: string | null;
  caseId?: string | null;
  before: JudgedLabel;
  after: JudgedLabel;
  verdict: Verdict;
  reason: string;
  actor: string;
  at: Date;
  classifierVersion: string;
}

/** Appends to label_override. Call it in the transaction of what it decides. */
export async function keepVerdict(on: Querier, v: NewVerdict): Promise<void> {
  await rows(
    on,
    `insert into label_override (item_id, case_id, verdict, old_label, new_label, reason, actor, at, classifier_version)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      ...[v.itemId ?? null, v.caseId ?? null, v.verdict, JSON.stringify(judgedOf(v.before)), JSON.stringify(judgedOf(v.after))],
      ...[v.reason, v.actor, v.at, v.classifierVersion],
    ],
  );
}

/** The classifier that labelled the first item of a case; empty when the case has none. */
export async function classifierOf(on: Querier, caseId: string): Promise<string> {
  const found = await row<{ version: string }>(on, 'select classifier_version as version from item where case_id = $1 order by id limit 1', [caseId]);
  return found?.version ?? '';
}

/** The last decision of a row of item `i`, as column `verdict`; to be joined where items are read. */
export const VERDICT_OF_ITEM = `left join lateral (
    select jsonb_build_object('verdict', o.verdict, 'label', o.new_label, 'reason', o.reason, 'actor', o.actor) as verdict
    from label_override o where o.item_id = i.id order by o.id desc limit 1) v on true`;

export interface ItemVerdict {
  verdict: Verdict;
  label: JudgedLabel;
  reason: string;
  actor: string;
}

/** The label as it holds: the classifier's, with a person's decision over it. */
export function heldLabel(label: Label, v: ItemVerdict | null): Label {
  return v === null ? label : decidedLabel(label, v.label, v.verdict, v);
}
