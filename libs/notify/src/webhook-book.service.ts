import { Injectable } from '@nestjs/common';
import { beijingIso, type WireWebhook } from '@app/domain';
import { writeAlerts } from '@app/response';
import type { WebhookSettings } from '@app/settings';
import { readNow, row, rows, type Witness } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';

/** After the n-th failure the next try waits 15 s · 2ⁿ⁻¹, at most an hour. */
const FIRST_BACKOFF_SECONDS = 15;
const LONGEST_BACKOFF_SECONDS = 3600;
/** Without a success for so long it is paused, for people to see: a receiver that is gone is not knocked at for ever. */
const PAUSE_AFTER_HOURS = 24;

/** The subscriptions of other programs: what waits, how each fares. The only writer of their tables, beside the trigger. */
@Injectable()
export class WebhookBook {
  constructor(private readonly dataSource: DataSource) {}

  /** Follows config/webhooks.yaml. One that left the file is told nothing more, and what waited for it is dropped. */
  async sync(wanted: readonly Pick<WebhookSettings, 'name' | 'events'>[]): Promise<void> {
    await this.dataSource.transaction(async (tx) => {
      await rows(
        tx,
        `insert into webhook (name, patterns) select name, patterns from (
           select w ->> 'name' as name, array(select jsonb_array_elements_text(w -> 'patterns')) as patterns from jsonb_array_elements($1::jsonb) w) s
         order by name on conflict (name) do update set active = true, patterns = excluded.patterns`,
        [JSON.stringify(wanted.map((w) => ({ name: w.name, patterns: w.events.map(patternOf) })))],
      );
      const names = wanted.map((w) => w.name);
      await rows(tx, 'update webhook set active = false where active and name <> all($1::text[])', [names]);
      await rows(tx, 'delete from webhook_event where webhook <> all($1::text[])', [names]);
    });
  }

  /** Takes a subscription that may be sent to now, for so many real seconds; false: not now, or another process has it. */
  async claim(name: string, leaseSeconds: number): Promise<boolean> {
    const taken = await rows(
      this.dataSource,
      `update webhook set claimed_until = clock_timestamp() + make_interval(secs => $2)
       where name = $1 and active and paused_at is null and (next_try_at is null or next_try_at <= clock_timestamp())
         and (claimed_until is null or claimed_until <= clock_timestamp()) returning 1`,
      [name, leaseSeconds],
    );
    return taken.length > 0;
  }

  async release(name: string): Promise<void> {
    await rows(this.dataSource, 'update webhook set claimed_until = null where name = $1', [name]);
  }

  /** The events that have waited longest. */
  async waiting(name: string, most: number): Promise<string[]> {
    const found = await rows<{ id: string }>(this.dataSource, 'select event_id as id from webhook_event where webhook = $1 order by event_id limit $2', [name, most]);
    return found.map((f) => f.id);
  }

  /** Taken by the receiver, or not meant for it. */
  async settle(name: string, eventId: string, sent: boolean): Promise<void> {
    await this.dataSource.transaction(async (tx) => {
      await rows(tx, 'delete from webhook_event where webhook = $1 and event_id = $2', [name, eventId]);
      if (sent)
        await rows(
          tx,
          `update webhook set sent = sent + 1, fails = 0, failing_since = null, next_try_at = null, last_fault = null, last_ok_at = clock_timestamp() where name = $1`,
          [name],
        );
    });
  }

  /** One that is paused by it is told to the administrators in the same transaction. @returns whether it is paused now */
  fail(name: string, fault: string, retryAfterSeconds = 0): Promise<boolean> {
    return this.dataSource.transaction(async (tx) => {
      const found = await row<{ paused: boolean; pausedAt: Date | null; was: boolean }>(
        tx,
        `update webhook w set fails = w.fails + 1, failing_since = coalesce(w.failing_since, clock_timestamp()), last_fault = $2,
           next_try_at = clock_timestamp() + make_interval(secs => greatest($3, least(${LONGEST_BACKOFF_SECONDS}, ${FIRST_BACKOFF_SECONDS} * 2 ^ least(w.fails, 10)))),
           paused_at = case when w.failing_since < clock_timestamp() - interval '${PAUSE_AFTER_HOURS} hours' then coalesce(w.paused_at, clock_timestamp()) end
         from (select name, paused_at is not null as was from webhook where name = $1 for update) b
         where w.name = b.name returning w.paused_at is not null as paused, w.paused_at as "pausedAt", b.was`,
        [name, fault.slice(0, 500), retryAfterSeconds],
      );
      if (found?.paused && !found.was) await tellPaused(tx, name, fault, found.pausedAt!);
      return found?.paused ?? false;
    });
  }

  /** An administrator lets it go on. @returns false when there is none of this name in force */
  resume(name: string, witness?: Witness): Promise<boolean> {
    return this.dataSource.transaction(async (tx) => {
      const done = await rows(
        tx,
        `update webhook set paused_at = null, fails = 0, failing_since = null, next_try_at = null where name = $1 and active returning pg_notify('webhook_queued', '')`,
        [name],
      );
      if (done.length > 0) await witness?.(tx);
      return done.length > 0;
    });
  }

  async list(configured: readonly WebhookSettings[]): Promise<WireWebhook[]> {
    const found = await rows<StateRow>(
      this.dataSource,
      `select name, sent, fails, failing_since as "failingSince", next_try_at as "nextTryAt", paused_at as "pausedAt", last_ok_at as "lastOkAt",
         last_fault as "lastFault", (select count(*)::int from webhook_event e where e.webhook = w.name) as waiting from webhook w where active`,
    );
    return configured.map((c) => {
      const s = found.find((f) => f.name === c.name);
      const state = !s ? 'new' : s.pausedAt ? 'paused' : s.fails > 0 ? 'failing' : 'ok';
      return {
        ...{ name: c.name, host: new URL(c.url).host, events: c.events, region: c.region ?? null, departmentId: c.departmentId ?? null, state },
        ...{ sent: Number(s?.sent ?? 0), waiting: s?.waiting ?? 0, fails: s?.fails ?? 0, lastFault: s?.lastFault ?? null },
        ...{ failingSince: iso(s?.failingSince), nextTryAt: iso(s?.nextTryAt), pausedAt: iso(s?.pausedAt), lastOkAt: iso(s?.lastOkAt) },
      };
    });
  }
}

/** It names no office: an alert that no office can have goes to the administrators of the whole, and climbs no further. */
async function tellPaused(tx: EntityManager, name: string, fault: string, pausedAt: Date): Promise<void> {
  const now = await readNow(tx);
  const what = {
    title: `【推送暂停】${name}`,
    body: `事件推送“${name}”连续 ${PAUSE_AFTER_HOURS} 小时没有一次成功，已暂停；其后的事件留在队列中，不会丢失。最后一次失败：${fault.slice(0, 200)}。请联系接收方，恢复后在“用户与部门”的“事件推送”中继续。`,
  };
  const about = { caseId: null, clockId: null, rung: null, departmentId: null, receiptMinutes: null };
  await writeAlerts(tx, [{ ...what, ...about, key: `webhook-paused:${name}:${pausedAt.getTime()}`, kind: 'engine', severity: 'warning', audience: [], instantAt: now }], now);
}

interface StateRow {
  name: string;
  sent: string;
  fails: number;
  failingSince: Date | null;
  nextTryAt: Date | null;
  pausedAt: Date | null;
  lastOkAt: Date | null;
  lastFault: string | null;
  waiting: number;
}

const patternOf = (event: string): string => (event.includes('.') ? event : `${event}.%`);
const iso = (at: Date | null | undefined): string | null => (at ? beijingIso(at) : null);
