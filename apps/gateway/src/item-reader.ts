import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { beijingIso, type Level, maskText, type Viewer, type WireItem } from '@app/domain';
import { heldLabel, type ItemVerdict, VERDICT_OF_ITEM } from '@app/response';
import { rows } from '@app/storage';
import { scopeSql } from './scope';
import { SourceReader } from './source-reader';

/** An item with the columns that decide who may see it. */
export interface BoundItem {
  item: WireItem;
  departmentId: string | null;
  region: string | null;
}

type Row = Omit<WireItem, 'publishedAt' | 'fetchedAt' | 'sourceTitle'> & {
  publishedAt: Date | null;
  fetchedAt: Date;
  departmentId: string | null;
  region: string | null;
  verdict: ItemVerdict | null;
};

const SELECT = `select i.id, i.source_name as "sourceName", i.url, i.title, i.text, i.published_at as "publishedAt",
    i.published_certain as "publishedCertain", i.fetched_at as "fetchedAt", i.label, i.classifier_version as "classifierVersion",
    i.case_id as "caseId", i.official, i.demo, coalesce(f.department_id, i.department_id) as "departmentId", i.region,
    i.place, v.verdict
  from item i ${VERDICT_OF_ITEM} left join case_file f on f.id = i.case_id`;

/** Items as people read them: masked, newest first. */
@Injectable()
export class ItemReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sources: SourceReader,
  ) {}

  async list(
    viewer: Viewer,
    q: { beforeId?: string; limit: number; level?: Level; sourceName?: string },
  ): Promise<WireItem[]> {
    const scope = scopeSql(viewer, 'coalesce(f.department_id, i.department_id)', 'i.region', 5);
    const found = await rows<Row>(
      this.dataSource,
      `${SELECT} where ($1::bigint is null or i.id < $1) and ($2::text is null or coalesce(v.verdict -> 'label' ->> 'level', i.level) = $2)
         and ($3::text is null or i.source_name = $3) and ${scope.sql} order by i.id desc limit $4`,
      [q.beforeId ?? null, q.level ?? null, q.sourceName ?? null, q.limit, ...scope.params],
    );
    return found.map((r) => this.bound(r).item);
  }

  async byIds(ids: readonly string[]): Promise<BoundItem[]> {
    const found = await rows<Row>(this.dataSource, `${SELECT} where i.id = any($1::bigint[]) order by i.id`, [ids]);
    return found.map((r) => this.bound(r));
  }

  private bound({ departmentId, region, verdict, ...r }: Row): BoundItem {
    const item: WireItem = {
      ...r,
      label: heldLabel(r.label, verdict),
      sourceTitle: this.sources.titleOf(r.sourceName),
      title: maskText(r.title),
      text: maskText(r.text),
      publishedAt: r.publishedAt && beijingIso(r.publishedAt),
      fetchedAt: beijingIso(r.fetchedAt),
    };
    return { item, departmentId, region };
  }
}
