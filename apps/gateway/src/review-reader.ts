import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { beijingIso, type CaseState, judgedOf, maySee, type Viewer, type WireReview, type WireReviewQueue } from '@app/domain';
import { row, rows } from '@app/storage';
import { ItemReader } from './item-reader';
import { Problem } from './problem';
import { scopeSql } from './scope';

interface OpenCase {
  id: string;
  code: string;
  state: CaseState;
  itemId: string | null;
  detectedAt: Date;
  judged: WireReview['judged'];
}

const CASES = 'f.needs_review and f.closed_at is null and f.merged_into is null';
const ITEMS = `(i.label ->> 'needsReview')::boolean and i.case_id is null and not i.official
  and not exists (select 1 from label_override o where o.item_id = i.id)`;

/** An item without a case has no supporting units. */
const NO_UNITS = `'{}'::text[]`;

/** What waits for a person's judgement: cases first, the major ones before, then items without a case. */
@Injectable()
export class ReviewReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly items: ItemReader,
  ) {}

  async queue(viewer: Viewer, limit: number): Promise<WireReviewQueue> {
    const [cases, items, counted] = await Promise.all([this.cases(viewer, limit), this.loose(viewer, limit), this.counts(viewer)]);
    const entries = [...cases, ...items].slice(0, limit);
    return { total: counted.cases + counted.items, ...counted, entries };
  }

  /** An item's unmasked words. What one may not see does not exist. */
  async plainText(viewer: Viewer, id: string): Promise<{ title: string; text: string }> {
    const [found] = await this.items.byIds([id]);
    if (!found || !maySee(viewer, found)) throw new Problem(404, `没有编号为 ${id} 的信息`);
    const plain = await row<{ title: string; text: string }>(this.dataSource, 'select title, text from item where id = $1', [id]);
    return plain!;
  }

  async itemSeen(viewer: Viewer, id: string): Promise<void> {
    const [found] = await this.items.byIds([id]);
    if (!found || !maySee(viewer, found)) throw new Problem(404, `没有编号为 ${id} 的信息`);
  }

  private async cases(viewer: Viewer, limit: number): Promise<WireReview[]> {
    const scope = scopeSql(viewer, 'f.department_id', 'f.supporting', 'f.region', 2);
    const found = await rows<OpenCase>(
      this.dataSource,
      `select f.id, f.code, f.state, f.detected_at as "detectedAt", jsonb_build_object('relevant', true, 'level', f.level,
         'emergency', f.emergency, 'category', f.category, 'grade', f.grade, 'topic', f.topic) as judged,
         (select i.id from item i where i.case_id = f.id
          order by (i.level = f.level) desc, (i.label ->> 'needsReview')::boolean desc, i.id limit 1) as "itemId"
       from case_file f where ${CASES} and ${scope.sql} order by (f.level = 'major') desc, f.id desc limit $1`,
      [limit, ...scope.params],
    );
    const items = new Map((await this.items.byIds(found.flatMap((f) => f.itemId ?? []))).map((b) => [b.item.id, b.item]));
    return found.flatMap(({ id, code, state, judged, itemId, detectedAt }): WireReview[] => {
      const item = itemId === null ? undefined : items.get(itemId);
      return item ? [{ kind: 'case', id, code, state, judged, item, waitingSince: beijingIso(detectedAt) }] : [];
    });
  }

  private async loose(viewer: Viewer, limit: number): Promise<WireReview[]> {
    const scope = scopeSql(viewer, 'i.department_id', NO_UNITS, 'i.region', 2);
    const found = await rows<{ id: string }>(this.dataSource, `select i.id from item i where ${ITEMS} and ${scope.sql} order by i.id desc limit $1`, [limit, ...scope.params]);
    const bound = await this.items.byIds(found.map((f) => f.id));
    return bound.reverse().map(({ item }) => ({ kind: 'item', id: item.id, code: null, state: null, judged: judgedOf(item.label), item, waitingSince: item.fetchedAt }));
  }

  private async counts(viewer: Viewer): Promise<{ cases: number; items: number }> {
    const cases = scopeSql(viewer, 'f.department_id', 'f.supporting', 'f.region', 1);
    const items = scopeSql(viewer, 'i.department_id', NO_UNITS, 'i.region', 1);
    const found = await row<{ cases: number; items: number }>(
      this.dataSource,
      `select (select count(*)::int from case_file f where ${CASES} and ${cases.sql}) as cases,
         (select count(*)::int from item i where ${ITEMS} and ${items.sql}) as items`,
      cases.params,
    );
    return found ?? { cases: 0, items: 0 };
  }
}
