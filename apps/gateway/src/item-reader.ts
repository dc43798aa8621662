import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { beijingIso, type Bounds, type Level, maskText, type Viewer, type WireItem } from '@app/domain';
import { heldLabel, type ItemVerdict, VERDICT_OF_ITEM } from '@app/response';
import { row, rows } from '@app/storage';
import { scopeSql } from './scope';
import { SourceReader } from './source-reader';
import { anywhere, reads } from './zod.pipe';

/** An item with the columns that decide who may see it. */
export interface BoundItem extends Bounds {
  item: WireItem;
}

type Row = Omit<WireItem, 'publishedAt' | 'fetchedAt' | 'sourceTitle'> & {
  publishedAt: Date | null;
  fetchedAt: Date;
  departmentId: string | null;
  supporting: string[];
  region: string | null;
  departmentRegion: string | null;
  verdict: ItemVerdict | null;
};

const SELECT = `select i.id, i.source_name as "sourceName", i.url, i.title, i.text, i.published_at as "publishedAt",
    i.published_certain as "publishedCertain", i.fetched_at as "fetchedAt", i.label, i.classifier_version as "classifierVersion",
    i.case_id as "caseId", i.official, i.demo, coalesce(f.department_id, i.department_id) as "departmentId",
    coalesce(f.supporting, '{}') as supporting, coalesce(i.region, f.region) as region, d.region as "departmentRegion", i.place, v.verdict
  from item i ${VERDICT_OF_ITEM} left join case_file f on f.id = i.case_id
    left join department d on d.id = coalesce(f.department_id, i.department_id)`;

/** A search looks through so many items at a time, whatever it finds: its time is bounded however much is stored. */
const SEARCH_SPAN = 50_000;

/** `next`: older ones go on before this id; null: there are none. */
export interface ItemPage {
  items: WireItem[];
  next: string | null;
}

export interface ItemFilter {
  beforeId?: string;
  limit: number;
  level?: Level;
  sourceName?: string;
  /** Words in title or text. */
  q?: string;
}

/** Items as people read them: masked, newest first. */
@Injectable()
export class ItemReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sources: SourceReader,
  ) {}

  async list(viewer: Viewer, q: ItemFilter): Promise<ItemPage> {
    const floor = q.q === undefined ? null : await this.floorOf(q.beforeId);
    const items: WireItem[] = [];
    for (let before = q.beforeId; ; ) {
      const found = await this.load(viewer, { ...q, beforeId: before }, floor);
      for (const item of found.map((r) => this.bound(r).item)) {
        // What stands only under a mask is not found, and no page ends at it: pieces of a number could be tried out.
        if (q.q !== undefined && !reads(item.title, q.q) && !reads(item.text, q.q)) continue;
        items.push(item);
        if (items.length === q.limit) return { items, next: item.id };
      }
      if (found.length < q.limit) return { items, next: floor === '1' ? null : floor };
      before = found.at(-1)?.id;
    }
  }

  private load(viewer: Viewer, q: ItemFilter, floor: string | null): Promise<Row[]> {
    const scope = scopeSql(viewer, 'coalesce(f.department_id, i.department_id)', `coalesce(f.supporting, '{}')`, 'coalesce(i.region, f.region)', 7);
    return rows<Row>(
      this.dataSource,
      `${SELECT} where ($1::bigint is null or i.id < $1) and ($2::text is null or coalesce(v.verdict -> 'label' ->> 'level', i.level) = $2)
         and ($3::text is null or i.source_name = $3) and ($5::bigint is null or i.id >= $5)
         and ($6::text is null or i.title ilike $6 or i.text ilike $6) and ${scope.sql} order by i.id desc limit $4`,
      [q.beforeId ?? null, q.level ?? null, q.sourceName ?? null, q.limit, floor, anywhere(q.q), ...scope.params],
    );
  }

  /** The lowest id that a search before this id (default: from the newest) looks at. */
  private async floorOf(beforeId: string | undefined): Promise<string> {
    const top = beforeId ?? (await row<{ id: string }>(this.dataSource, 'select coalesce(max(id), 0) + 1 as id from item'))!.id;
    const floor = BigInt(top) - BigInt(SEARCH_SPAN);
    return String(floor > 1n ? floor : 1n);
  }

  async byIds(ids: readonly string[]): Promise<BoundItem[]> {
    const found = await rows<Row>(this.dataSource, `${SELECT} where i.id = any($1::bigint[]) order by i.id`, [ids]);
    return found.map((r) => this.bound(r));
  }

  private bound({ departmentId, supporting, region, departmentRegion, verdict, ...r }: Row): BoundItem {
    const item: WireItem = {
      ...r,
      label: heldLabel(r.label, verdict),
      sourceTitle: this.sources.titleOf(r.sourceName),
      title: maskText(r.title),
      text: maskText(r.text),
      publishedAt: r.publishedAt && beijingIso(r.publishedAt),
      fetchedAt: beijingIso(r.fetchedAt),
    };
    return { item, departmentId, supporting, region, departmentRegion };
  }
}
