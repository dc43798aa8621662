import { Injectable } from '@nestjs/common';
import { row, rows } from '@app/storage';
import { DataSource } from 'typeorm';

/** A named filter of the board (视图), of one account. */
export interface SavedView {
  id: string;
  name: string;
  filter: Record<string, string | boolean>;
}

const MOST = 30;

/** The only writer of saved_view. Each account sees and changes its own. */
@Injectable()
export class ViewBook {
  constructor(private readonly dataSource: DataSource) {}

  list(accountId: string): Promise<SavedView[]> {
    return rows(this.dataSource, 'select id, name, filter from saved_view where account_id = $1 order by id', [accountId]);
  }

  /** A name that is there already gets the new filter. */
  async save(
    accountId: string,
    name: string,
    filter: SavedView['filter'],
  ): Promise<{ ok: true; view: SavedView } | { ok: false; reason: string; field: string; status: number }> {
    return this.dataSource.transaction(async (tx) => {
      // The account's row orders two savings at once, so that the count holds.
      await rows(tx, 'select 1 from account where id = $1 for update', [accountId]);
      const others = await row<{ n: number }>(
        tx,
        'select count(*)::int as n from saved_view where account_id = $1 and name <> $2',
        [accountId, name],
      );
      if ((others?.n ?? 0) >= MOST) return { ok: false, status: 422, field: 'name', reason: `最多保存 ${MOST} 个视图，请先删除不用的` };
      const view = await row<SavedView>(
        tx,
        `insert into saved_view (account_id, name, filter, created_at) values ($1, $2, $3, app_now())
         on conflict (account_id, name) do update set filter = excluded.filter returning id, name, filter`,
        [accountId, name, JSON.stringify(filter)],
      );
      if (!view) throw new Error('the view was not written');
      return { ok: true, view };
    });
  }

  /** @returns false when the account has no such view */
  async remove(accountId: string, id: string): Promise<boolean> {
    const gone = await rows(this.dataSource, 'delete from saved_view where account_id = $1 and id = $2 returning id', [accountId, id]);
    return gone.length > 0;
  }
}
