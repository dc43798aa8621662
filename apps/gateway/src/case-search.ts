import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type BoardTotals, type CaseClass, type CaseState, type Level, maskText, type Topic, type Viewer, type WireCaseSummary } from '@app/domain';
import { Board, BOARD_ORDER, RUNNING_CLOCKS } from '@app/response';
import { row, rows } from '@app/storage';
import { ItemSearch } from './item-search';
import { scopeSql } from './scope';
import { anywhere } from './zod.pipe';

export interface CaseFilter {
  state?: CaseState | 'open' | 'closed';
  level?: Level;
  caseClass?: CaseClass;
  topic?: Topic;
  departmentId?: string;
  /** Words in title, summary, code or place. */
  q?: string;
  /** Cursor: the cases before this one, the newest first. Cases that are opened meanwhile shift no page. */
  beforeId?: string;
  page: number;
  size: number;
}

/** `next`: older ones go on before this id; null: there are none. */
export interface CasePage {
  cases: WireCaseSummary[];
  total: number;
  next: string | null;
}

/** The most urgent come at once; the rest is read page by page from `find`. */
const MAX_BOARD = 500;
/** A search by words looks at so many of the newest reports that have them (most belong to no case), and shows so many cases. */
const MAX_SEARCHED = 2_000;

/** Finds the cases that a person may see; the board turns their ids into what is shown. */
@Injectable()
export class CaseSearch {
  constructor(
    private readonly dataSource: DataSource,
    private readonly board: Board,
    private readonly items: ItemSearch,
  ) {}

  /** Open cases in the order of the board, at most 500. */
  async open(viewer: Viewer, most = MAX_BOARD): Promise<WireCaseSummary[]> {
    const scope = scopeSql(viewer, 'f.department_id', 'f.supporting', 'f.region', 1);
    const found = await rows<{ id: string }>(
      this.dataSource,
      `select f.id from case_file f ${RUNNING_CLOCKS}
        where f.closed_at is null and f.merged_into is null and f.trigger is null and ${scope.sql} ${BOARD_ORDER} limit ${Math.min(most, MAX_BOARD)}`,
      scope.params,
    );
    return this.inOrder(found.map((f) => f.id));
  }

  /** The board's head in figures, over all open cases that the person may see. */
  async totals(viewer: Viewer): Promise<BoardTotals> {
    const scope = scopeSql(viewer, 'f.department_id', 'f.supporting', 'f.region', 1);
    const found = await row<BoardTotals>(
      this.dataSource,
      `select count(*)::int as open, count(*) filter (where f.case_class = 'emergency')::int as emergency,
         count(*) filter (where f.level = 'major')::int as major, count(*) filter (where n.overdue > 0)::int as breached,
         count(*) filter (where n.next_at <= (select app_now()) + interval '1 hour')::int as "withinHour",
         count(*) filter (where f.department_id is null)::int as unassigned,
         count(*) filter (where f.needs_review)::int as "needsReview"
       from case_file f ${RUNNING_CLOCKS} where f.closed_at is null and f.merged_into is null and f.trigger is null and ${scope.sql}`,
      scope.params,
    );
    if (!found) throw new Error('an aggregate without a row');
    return found;
  }

  async find(viewer: Viewer, filter: CaseFilter): Promise<CasePage> {
    const scope = scopeSql(viewer, 'f.department_id', 'f.supporting', 'f.region', 7);
    const where = `f.merged_into is null and f.trigger is null and ($1::text is null or f.state = $1) and ($2::boolean is null or (f.closed_at is null) = $2)
      and ($3::text is null or f.level = $3) and ($4::text is null or f.topic = $4) and ($5::text is null or f.department_id = $5 or f.supporting @> array[$5])
      and ($6::text is null or f.case_class = $6) and ${scope.sql} and ($11::bigint is null or f.id < $11)`;
    const way = filter.state === 'open' || filter.state === 'closed';
    const params = [
      way ? null : (filter.state ?? null),
      way ? filter.state === 'open' : null,
      filter.level ?? null,
      filter.topic ?? null,
      filter.departmentId ?? null,
      filter.caseClass ?? null,
      ...scope.params,
    ];
    if (filter.q !== undefined) return this.worded(where, params, filter.q, filter);
    const [found, counted] = await Promise.all([
      rows<{ id: string }>(
        this.dataSource,
        `select f.id from case_file f where ${where} order by f.id desc limit $12 offset $13`,
        [...params, filter.beforeId ?? null, filter.size + 1, (filter.page - 1) * filter.size],
      ),
      row<{ n: string }>(this.dataSource, `select count(*) as n from case_file f where ${where}`, [...params, null]),
    ]);
    return this.paged(found.map((f) => f.id), filter.size, Number(counted?.n ?? 0));
  }

  /** By the words of its reports, of its title, by its number or its place. What stands only under a mask is neither found nor counted. */
  private async worded(where: string, params: unknown[], words: string, { page, size, beforeId }: CaseFilter): Promise<CasePage> {
    const search = await this.items.prepare(words);
    const { ids } = await this.items.find(search, null, { limit: MAX_SEARCHED, enough: MAX_SEARCHED, most: MAX_SEARCHED }, { joins: '', where: 'i.case_id is not null', params: [] });
    const found = await rows<{ id: string; title: string; open: boolean }>(
      this.dataSource,
      `select * from (
         select f.id, f.title, f.id in (select case_id from item where id = any($12::bigint[])) or f.code ilike $13
           or coalesce(f.place ->> 'name' ilike $13, false) as open
         from case_file f where ${where}) f
       where f.open or f.title ilike $13 order by f.id desc limit ${MAX_SEARCHED}`,
      [...params, null, ids, anywhere(words)],
    );
    const seen = found.filter((f) => f.open || maskText(f.title).toLowerCase().includes(words.toLowerCase())).map((f) => f.id);
    const from = beforeId === undefined ? seen : seen.filter((id) => BigInt(id) < BigInt(beforeId));
    return this.paged(from.slice((page - 1) * size, page * size + 1), size, seen.length);
  }

  /** @param ids one more than the page when there are more */
  private async paged(ids: string[], size: number, total: number): Promise<CasePage> {
    const shown = ids.slice(0, size);
    return { cases: await this.inOrder(shown), total, next: ids.length > size ? shown.at(-1)! : null };
  }

  private async inOrder(ids: string[]): Promise<WireCaseSummary[]> {
    const byId = new Map((await this.board.loadSummaries(ids)).map((c) => [c.id, c]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }
}
