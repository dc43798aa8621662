import { type CaseClass, isEnded, type CaseState, type Label, labelDifferences, judgedOf, type JudgedLabel, maskText } from '@app/domain';
import { type CaseDifference, classOfItems, isDecided, noteReclassified } from '@app/response';
import { rows } from '@app/storage';
import type { DataSource, EntityManager } from 'typeorm';
import type { Classifier } from './classifier';

/** One item whose label the new classifier would change. */
export interface ItemDifference {
  id: string;
  title: string;
  /** `person`: a decision stands, the label stays. `opens`: relevant now and without a case. */
  state: 'changes' | 'person' | 'opens';
  fields: (keyof JudgedLabel)[];
  from: JudgedLabel;
  to: JudgedLabel;
}

export interface Reclassified {
  version: string;
  looked: number;
  changed: number;
  keptByPerson: number;
  opens: number;
  /** `ordinary → major` and so on, of the items that change. */
  levels: Record<string, number>;
  /** Running cases that a person must decide about. */
  cases: CaseDifference[];
  adopted: boolean;
}

interface OldItem {
  id: string;
  title: string;
  text: string;
  publishedAt: Date | null;
  label: Label;
  caseId: string | null;
  official: boolean;
  decided: boolean;
}

const PAGE = 200;
/** What decides a case's class: kept for every item of a case, so nothing more of it. */
type ClassLabel = Pick<Label, 'level' | 'emergency' | 'grade'>;

/**
 * Runs a classifier over stored items, the newest first, and tells every difference. With `adopt` the labels of items
 * without a person's decision are replaced; a case whose class would change is listed and sent to review, never changed.
 */
export async function reclassify(
  dataSource: DataSource,
  classifier: Classifier,
  wish: { adopt: boolean; limit: number },
  tell: (difference: ItemDifference) => Promise<void>,
): Promise<Reclassified> {
  const result: Reclassified = { version: classifier.version, looked: 0, changed: 0, keptByPerson: 0, opens: 0, levels: {}, cases: [], adopted: wish.adopt };
  const ofCases = new Map<string, ClassLabel>();
  const touched = new Set<string>();
  for (let before: string | null = null; result.looked < wish.limit; ) {
    const page = await loadPage(dataSource, before, Math.min(PAGE, wish.limit - result.looked));
    const labels = new Map<string, Label>();
    for (const item of page) {
      const label = classifier.classify(item);
      labels.set(item.id, label);
      if (item.caseId !== null && !item.decided) ofCases.set(item.id, { level: label.level, emergency: label.emergency, grade: label.grade });
      const difference = differenceOf(item, label);
      if (difference) await tell(count(result, difference));
      if (difference?.state === 'changes' && item.caseId) touched.add(item.caseId);
    }
    if (wish.adopt) await adoptPage(dataSource, page, labels, classifier.version);
    result.looked += page.length;
    if (page.length < PAGE) break;
    before = page[page.length - 1]!.id;
  }
  for (const caseId of touched) {
    const difference = await dataSource.transaction((manager) => caseDifference(manager, caseId, ofCases, wish.adopt ? classifier.version : null));
    if (difference) result.cases.push(difference);
  }
  return result;
}

function loadPage(dataSource: DataSource, before: string | null, limit: number): Promise<OldItem[]> {
  return rows<OldItem>(
    dataSource,
    `select i.id, i.title, i.text, i.published_at as "publishedAt", i.label, i.case_id as "caseId", i.official,
       exists (select 1 from label_override o where o.item_id = i.id) as decided
     from item i where ($1::bigint is null or i.id < $1) order by i.id desc limit $2`,
    [before, limit],
  );
}

function differenceOf(item: OldItem, label: Label): ItemDifference | null {
  const fields = labelDifferences(item.label, label);
  if (fields.length === 0) return null;
  const opens = item.caseId === null && !item.official && label.relevant && !item.label.relevant;
  return { id: item.id, title: maskText(item.title), state: item.decided ? 'person' : opens ? 'opens' : 'changes', fields, from: judgedOf(item.label), to: judgedOf(label) };
}

function count(result: Reclassified, difference: ItemDifference): ItemDifference {
  if (difference.state === 'person') result.keptByPerson++;
  else result.changed++;
  if (difference.state === 'opens') result.opens++;
  if (difference.state !== 'person' && difference.from.level !== difference.to.level) {
    const way = `${difference.from.level} → ${difference.to.level}`;
    result.levels[way] = (result.levels[way] ?? 0) + 1;
  }
  return difference;
}

/** An item that would be relevant now is marked for review: its case is opened by a person's decision, not by an update. */
async function adoptPage(dataSource: DataSource, page: readonly OldItem[], labels: ReadonlyMap<string, Label>, version: string): Promise<void> {
  const written = page
    .filter((i) => !i.decided)
    .map((i) => {
      const label = labels.get(i.id)!;
      const opens = differenceOf(i, label)?.state === 'opens';
      return { id: i.id, label: opens ? { ...label, needsReview: true } : label, level: label.level, relevant: label.relevant };
    });
  await rows(
    dataSource,
    `update item set label = n.label, level = n.level, relevant = n.relevant, classifier_version = $2
     from jsonb_to_recordset($1::jsonb) as n(id bigint, label jsonb, level text, relevant boolean)
     where item.id = n.id and not exists (select 1 from label_override o where o.item_id = item.id)`,
    [JSON.stringify(written), version],
  );
}

/** @param version null: only look */
async function caseDifference(manager: EntityManager, caseId: string, labels: ReadonlyMap<string, ClassLabel>, version: string | null): Promise<CaseDifference | null> {
  const [found] = await rows<{ code: string; from: CaseClass; state: CaseState }>(manager, `select code, case_class as "from", state from case_file where id = $1`, [caseId]);
  if (!found || isEnded(found.state) || (await isDecided(manager, caseId))) return null;
  const items = await rows<{ id: string; label: Label }>(manager, 'select id, label from item where case_id = $1', [caseId]);
  const to = classOfItems(items.map((i) => labels.get(i.id) ?? i.label));
  if (to === found.from) return null;
  const difference = { caseId, code: found.code, from: found.from, to };
  if (version !== null) await noteReclassified(manager, difference, version);
  return difference;
}
