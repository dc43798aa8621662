import { Injectable } from '@nestjs/common';
import type { ProbeAnswer, ProbeRequest } from '@app/domain';
import { CHANNELS, row, rows, sendHint, type Witness } from '@app/storage';
import { DataSource } from 'typeorm';
import { conflict, type Refusal } from './desk-result';

/** Dry runs of one person that may wait at once, and within ten minutes: each goes out to somebody's server. */
const MOST_WAITING = 3;
const MOST_RECENT = 40;
/** A crawler that died at it: another one takes it up after so long. */
const CLAIM_SECONDS = 150;
const KEEP_HOURS = 24;

/** The table source_probe: dry runs that are asked for here and made in a crawler. */
@Injectable()
export class SourceProbes {
  constructor(private readonly dataSource: DataSource) {}

  async ask(request: ProbeRequest, by: string, witness?: Witness): Promise<{ ok: true; id: string } | Refusal> {
    const count = await row<{ waiting: number; recent: number }>(
      this.dataSource,
      `select count(*) filter (where answered_at is null)::int as waiting, count(*)::int as recent
       from source_probe where asked_by = $1 and asked_at > app_now() - interval '10 minutes'`,
      [by],
    );
    if ((count?.waiting ?? 0) >= MOST_WAITING) return conflict(`已有 ${MOST_WAITING} 次试抓在进行，请等它们完成`);
    if ((count?.recent ?? 0) >= MOST_RECENT) return conflict(`10 分钟内最多试抓 ${MOST_RECENT} 次，请稍后再试`);
    return this.dataSource.transaction(async (tx) => {
      const asked = await row<{ id: string }>(
        tx,
        'insert into source_probe (request, asked_by, asked_at) values ($1, $2, app_now()) returning id',
        [JSON.stringify(request), by],
      );
      if (!asked) throw new Error('the dry run was not written');
      await sendHint(tx, CHANNELS.probeAsked, '');
      await witness?.(tx);
      return { ok: true, id: asked.id };
    });
  }

  /** Null: no such dry run of this person. */
  async state(id: string, by: string): Promise<{ answer: ProbeAnswer | null } | null> {
    return row(this.dataSource, 'select answer from source_probe where id = $1 and asked_by = $2', [id, by]);
  }

  /** For a crawler: the next one that nobody is at. */
  async claim(): Promise<{ id: string; request: ProbeRequest } | null> {
    return row(
      this.dataSource,
      `update source_probe set claimed_until = app_now() + make_interval(secs => ${CLAIM_SECONDS})
       where id = (select id from source_probe where answered_at is null and (claimed_until is null or claimed_until <= app_now())
         order by id limit 1 for update skip locked) returning id, request`,
    );
  }

  async answer(id: string, answer: ProbeAnswer): Promise<void> {
    await rows(this.dataSource, 'update source_probe set answer = $2, answered_at = app_now() where id = $1', [id, JSON.stringify(answer)]);
  }

  async sweep(): Promise<void> {
    await rows(this.dataSource, `delete from source_probe where asked_at < app_now() - make_interval(hours => ${KEEP_HOURS})`);
  }
}
