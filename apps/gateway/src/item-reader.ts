import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { beijingIso, type Bounds, type FoundItem, type Level, maskText, type Viewer, type WireItem } from '@app/domain';
import { heldLabel, type ItemVerdict, VERDICT_OF_ITEM } from '@app/response';
import { rows } from '@app/storage';
import { type Foldable, foldNear, type Group } from './item-fold';
import { type Around, ItemSearch } from './item-search';
import { inReachSql, scopeSql, seesAll } from './scope';
import { SourceReader } from './source-reader';

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

/** Reprints come in crowds: so many more are read than groups are shown. */
const READ_PER_SHOWN = 4;
/** With so many found a search looks no further: a page with fewer than it could hold is better than waiting. */
const ENOUGH_PER_SHOWN = 1.5;
/** Of a group so many are named. */
const MOST_NAMED = 20;

/** `next`: older ones go on before this id; null: there are none. `marks`: the words to be marked. */
export interface ItemPage {
  items: FoundItem[];
  next: string | null;
  marks: string[];
}

export interface ItemFilter {
  beforeId?: string;
  limit: number;
  level?: Level;
  sourceName?: string;
  /** Fetched from this instant on, and before that one. */
  from?: Date;
  to?: Date;
  /** Words in title or text: `停水 "恢复供水" -检修`. */
  q?: string;
  /** Near duplicates behind the newest of them. */
  fold: boolean;
}

/** Items as people read them: masked, newest first. */
@Injectable()
export class ItemReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sources: SourceReader,
    private readonly search: ItemSearch,
  ) {}

  async list(viewer: Viewer, q: ItemFilter): Promise<ItemPage> {
    const wanted = q.fold ? q.limit * READ_PER_SHOWN : q.limit + 1;
    const search = q.q === undefined ? null : await this.search.prepare(q.q);
    const around = aroundOf(viewer, q);
    const { ids, looked } = search
      ? await this.search.find(
          search,
          q.beforeId ?? null,
          { limit: wanted, enough: q.fold ? q.limit * ENOUGH_PER_SHOWN : wanted },
          around,
          q,
        )
      : { ids: await this.newest(q.beforeId ?? null, wanted, around), looked: null };
    const foldable = q.fold
      ? await this.foldable(ids)
      : ids.map((id) => ({ id, contentHash: id, sameAs: null, simhash: null }));
    const { groups, last, whole } = foldNear(foldable, q.limit);
    const ended = whole && ids.length < wanted;
    return { items: await this.shown(groups), next: ended ? looked : last, marks: search?.marks ?? [] };
  }

  private async newest(beforeId: string | null, limit: number, around: Around | null): Promise<string[]> {
    const found = await rows<{ id: string }>(
      this.dataSource,
      `select i.id from item i ${around?.joins ?? ''} where ($1::bigint is null or i.id < $1) and ${around?.where ?? 'true'}
       order by i.id desc limit ${limit}`,
      [beforeId, ...(around?.params ?? [])],
    );
    return found.map((f) => f.id);
  }

  private async foldable(ids: readonly string[]): Promise<Foldable[]> {
    return rows<Foldable>(
      this.dataSource,
      'select id, content_hash as "contentHash", same_as as "sameAs", simhash from item where id = any($1::bigint[]) order by id desc',
      [ids],
    );
  }

  private async shown(groups: readonly Group[]): Promise<FoundItem[]> {
    const heads = new Map((await this.byIds(groups.map((g) => g.head))).map(({ item }) => [item.id, item]));
    const named = groups.flatMap((g) => g.others.slice(0, MOST_NAMED));
    const others = await rows<{ id: string; title: string; sourceName: string; fetchedAt: Date }>(
      this.dataSource,
      'select id, title, source_name as "sourceName", fetched_at as "fetchedAt" from item where id = any($1::bigint[])',
      [named],
    );
    const byId = new Map(
      others.map((o) => [
        o.id,
        {
          id: o.id,
          title: maskText(o.title),
          sourceTitle: this.sources.titleOf(o.sourceName),
          fetchedAt: beijingIso(o.fetchedAt),
        },
      ]),
    );
    return groups.flatMap((g) => {
      const item = heads.get(g.head);
      return item
        ? [{ ...item, near: { count: g.others.length, named: g.others.flatMap((id) => byId.get(id) ?? []) } }]
        : [];
    });
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

/** Filters and the viewer's bounds, `$1` left to others. What is not asked for is not joined: the verdict of a person only where a level is. */
function aroundOf(viewer: Viewer, q: ItemFilter): Around | null {
  const joins: string[] = [];
  const where: string[] = [];
  const params: unknown[] = [];
  const given = (value: unknown): string => `$${params.push(value) + 1}`;
  if (q.sourceName !== undefined) where.push(`i.source_name = ${given(q.sourceName)}`);
  if (q.from !== undefined) where.push(`i.fetched_at >= ${given(q.from)}`);
  if (q.to !== undefined) where.push(`i.fetched_at < ${given(q.to)}`);
  if (q.level !== undefined) {
    joins.push(VERDICT_OF_ITEM);
    where.push(`coalesce(v.verdict -> 'label' ->> 'level', i.level) = ${given(q.level)}`);
  }
  if (!seesAll(viewer)) {
    joins.push('left join case_file f on f.id = i.case_id');
    const first = params.length + 2;
    const scope = scopeSql(
      viewer,
      'coalesce(f.department_id, i.department_id)',
      `coalesce(f.supporting, '{}')`,
      'coalesce(i.region, f.region)',
      first,
    );
    where.push(inReachSql(first), scope.sql);
    params.push(...scope.params);
  }
  return where.length === 0 ? null : { joins: joins.join(' '), where: where.join(' and '), params };
}
