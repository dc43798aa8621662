import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { CaseClass, CaseState, Level, Topic, Viewer, WireCaseSummary } from '@app/domain';
import { Board, BOARD_ORDER, RUNNING_CLOCKS } from '@app/response';
import { row, rows } from '@app/storage';
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
  page: number;
  size: number;
}

const MAX_BOARD = 500;

/** Finds the cases that a person may see; the board turns their ids into what is shown. */
@Injectable()
export class CaseSearch {
  constructor(
    private readonly dataSource: DataSource,
    private readonly board: Board,
  ) {}

  /** Open cases in the order of the board. */
  async open(viewer: Viewer): Promise<WireCaseSummary[]> {
    const scope = scopeSql(viewer, 'f.department_id', 'f.region', 1);
    const found = await rows<{ id: string }>(
      this.dataSource,
      `select f.id from case_file f ${RUNNING_CLOCKS}
        where f.closed_at is null and f.merged_into is null and ${scope.sql} ${BOARD_ORDER} limit ${MAX_BOARD}`,
      scope.params,
    );
    return this.inOrder(found.map((f) => f.id));
  }

  async find(viewer: Viewer, filter: CaseFilter): Promise<{ cases: WireCaseSummary[]; total: number }> {
    const scope = scopeSql(viewer, 'f.department_id', 'f.region', 8);
    const where = `f.merged_into is null and ($1::text is null or f.state = $1) and ($2::boolean is null or (f.closed_at is null) = $2)
      and ($3::text is null or f.level = $3) and ($4::text is null or f.topic = $4) and ($5::text is null or f.department_id = $5)
      and ($6::text is null or f.title ilike $6 or f.summary ilike $6 or f.code ilike $6 or f.place ->> 'name' ilike $6)
      and ($7::text is null or f.case_class = $7) and ${scope.sql}`;
    const way = filter.state === 'open' || filter.state === 'closed';
    const params = [
      way ? null : (filter.state ?? null),
      way ? filter.state === 'open' : null,
      filter.level ?? null,
      filter.topic ?? null,
      filter.departmentId ?? null,
      anywhere(filter.q),
      filter.caseClass ?? null,
      ...scope.params,
    ];
    const [found, counted] = await Promise.all([
      rows<{ id: string }>(
        this.dataSource,
        `select f.id from case_file f where ${where} order by f.id desc limit $11 offset $12`,
        [...params, filter.size, (filter.page - 1) * filter.size],
      ),
      row<{ n: string }>(this.dataSource, `select count(*) as n from case_file f where ${where}`, params),
    ]);
    return { cases: await this.inOrder(found.map((f) => f.id)), total: Number(counted?.n ?? 0) };
  }

  private async inOrder(ids: string[]): Promise<WireCaseSummary[]> {
    const byId = new Map((await this.board.loadSummaries(ids)).map((c) => [c.id, c]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }
}
