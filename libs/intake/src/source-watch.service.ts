import { Inject, Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { judgeSource, type SourceFinding, type SourceFindingKind, usualPerDay } from '@app/domain';
import { dropSourceAlert, endSourceAlert, raiseSourceAlert, SourceBook } from '@app/response';
import { SETTINGS, type Settings, type SourceSettings } from '@app/settings';
import { CHANNELS, readNow, row, rows, sendHint } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { activeSources } from './wake.service';

const EVERY_MS = 60_000;
const LOCK_KEY = 727_002;
/** Days that make the usual, and those that make rate and lag. */
const USUAL_DAYS = 14;
const RECENT_DAYS = 7;
const HEADS: Record<SourceFindingKind, string> = {
  silent: '源静默',
  'no-items': '来源无条目',
  failing: '来源抓取失败',
  certificate: '证书将到期',
};

interface Examined {
  name: string;
  fails: number;
  lastFault: string | null;
  faultKind: string | null;
  enrolledAt: Date;
  lastOkAt: Date | null;
  lastItemAt: Date | null;
  emptyRuns: number;
  certificateEndsAt: Date | null;
  daily: number[] | null;
}

interface Incident {
  id: string;
  name: string;
  kind: SourceFindingKind;
}

/** Once a minute, in one crawler of all, examines every source and tells the duty officer what changed (源静默 and its kin). */
@Injectable()
export class SourceWatch {
  private readonly logger = new Logger('SourceWatch');

  constructor(
    private readonly dataSource: DataSource,
    private readonly book: SourceBook,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** What the demonstration plays ends with its script: its silence is no news. */
  private watched(): SourceSettings[] {
    return activeSources(this.book.all(), this.settings).filter((s) => s.kind !== 'demo');
  }

  @Interval('source-watch', EVERY_MS)
  async look(): Promise<void> {
    try {
      await this.examine();
    } catch (error) {
      this.logger.warn(`examining the sources failed: ${(error as Error).message}`);
    }
  }

  /** @returns incidents opened and ended; null when another crawler is at it or has just been */
  async examine(): Promise<{ opened: number; ended: number } | null> {
    return this.dataSource.transaction(async (manager) => {
      const turn = await row<{ mine: boolean }>(
        manager,
        `select pg_try_advisory_xact_lock($1) and not exists (
           select from source_health where checked_at > app_now() - interval '50 seconds' and checked_at <= app_now()) as mine`,
        [LOCK_KEY],
      );
      if (!turn?.mine) return null;
      const now = await readNow(manager);
      const names = this.watched().map((s) => s.name);
      const figures = await this.load(manager, names);
      await this.writeHealth(manager, figures, now);
      return this.settle(manager, figures, now);
    });
  }

  private load(manager: EntityManager, names: string[]): Promise<Examined[]> {
    return rows<Examined>(
      manager,
      `select s.name, s.fails, s.last_fault as "lastFault", s.fault_kind as "faultKind", s.enrolled_at as "enrolledAt", s.last_ok_at as "lastOkAt",
         s.last_item_at as "lastItemAt", s.empty_runs as "emptyRuns", s.certificate_ends_at as "certificateEndsAt", d.daily
       from source_state s left join lateral (
         select array_agg(coalesce(sd.items, 0)) as daily
         from generate_series(1, ${USUAL_DAYS}) n
         left join source_day sd on sd.name = s.name and sd.day = (app_now() at time zone 'Asia/Shanghai')::date - n
         where (app_now() at time zone 'Asia/Shanghai')::date - n > (s.first_ok_at at time zone 'Asia/Shanghai')::date
       ) d on true where s.name = any($1) order by s.name`,
      [names],
    );
  }

  private async writeHealth(manager: EntityManager, figures: Examined[], now: Date): Promise<void> {
    await rows(
      manager,
      `insert into source_health (name, checked_at, success_rate, lag_median_seconds, lag_p95_seconds, usual_per_day)
       select f.name, $2, d.rate, l.median, l.p95, f.usual
       from unnest($1::text[], $3::float8[]) as f(name, usual)
       left join (
         select name, 1 - sum(failures)::float8 / nullif(sum(fetches), 0) as rate from source_day
         where day > ($2::timestamptz at time zone 'Asia/Shanghai')::date - ${RECENT_DAYS} group by name) d on d.name = f.name
       left join (
         select i.source_name, percentile_cont(0.5) within group (order by extract(epoch from i.fetched_at - i.published_at)) as median,
           percentile_cont(0.95) within group (order by extract(epoch from i.fetched_at - i.published_at)) as p95
         from item i join source_state s on s.name = i.source_name
         where i.fetched_at > $2::timestamptz - interval '${RECENT_DAYS} days' and i.published_certain
           and i.published_at >= s.first_ok_at and i.published_at <= i.fetched_at
         group by i.source_name) l on l.source_name = f.name
       on conflict (name) do update set checked_at = excluded.checked_at, success_rate = excluded.success_rate,
         lag_median_seconds = excluded.lag_median_seconds, lag_p95_seconds = excluded.lag_p95_seconds, usual_per_day = excluded.usual_per_day`,
      [figures.map((f) => f.name), now, figures.map((f) => usualPerDay(f.daily ?? []))],
    );
  }

  private async settle(manager: EntityManager, figures: Examined[], now: Date): Promise<{ opened: number; ended: number }> {
    const open = await rows<Incident>(manager, 'select id, name, kind from source_incident where ended_at is null');
    const wasOpen = new Map(open.map((i) => [`${i.name} ${i.kind}`, i]));
    let opened = 0;
    for (const f of figures) {
      for (const finding of judgeSource(figuresOf(f, now))) {
        const key = `${f.name} ${finding.kind}`;
        const known = wasOpen.get(key);
        wasOpen.delete(key);
        if (known) await rows(manager, 'update source_incident set sentence = $2 where id = $1', [known.id, finding.sentence]);
        else opened += await this.open(manager, f.name, finding, now);
      }
    }
    const examined = new Set(figures.map((f) => f.name));
    for (const incident of wasOpen.values()) await this.end(manager, incident, now, examined.has(incident.name));
    return { opened, ended: wasOpen.size };
  }

  private async open(manager: EntityManager, name: string, finding: SourceFinding, now: Date): Promise<number> {
    const written = await row<{ id: string }>(
      manager,
      'insert into source_incident (name, kind, sentence, since, opened_at) values ($1, $2, $3, $4, $5) returning id',
      [name, finding.kind, finding.sentence, finding.since, now],
    );
    if (!written) throw new Error('the incident was not written');
    await raiseSourceAlert(manager, this.trouble(written.id, name, finding), now, this.settings.alerts.receiptMinutes);
    await sendHint(manager, CHANNELS.sourceChanged, name);
    return 1;
  }

  /** @param well false: the source is paused or gone, so nothing is said of its health, and nobody is called on any more */
  private async end(manager: EntityManager, incident: Incident, now: Date, well: boolean): Promise<void> {
    await rows(manager, 'update source_incident set ended_at = $2 where id = $1', [incident.id, now]);
    if (well) await endSourceAlert(manager, this.trouble(incident.id, incident.name, { kind: incident.kind, sentence: '' }), now);
    else await dropSourceAlert(manager, incident.id);
    await sendHint(manager, CHANNELS.sourceChanged, incident.name);
  }

  private trouble(incidentId: string, name: string, finding: Pick<SourceFinding, 'kind' | 'sentence'>) {
    const sourceTitle = this.book.titleOf(name) ?? name;
    return { incidentId, sourceTitle, head: HEADS[finding.kind], sentence: finding.sentence };
  }
}

function figuresOf(f: Examined, now: Date) {
  const fault = f.fails > 0 ? { kind: f.faultKind ?? '', message: f.lastFault ?? '' } : null;
  return { ...f, now, fault, daily: f.daily ?? [] };
}
