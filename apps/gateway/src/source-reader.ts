import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { beijingDate, beijingIso, dayNumberOf, type SourceFindingKind, startOfDay, type WireSource, type WireSourceDetail } from '@app/domain';
import { SourceBook } from '@app/response';
import { SETTINGS, type Settings, type SourceSettings, sourceUrl } from '@app/settings';
import { readNow, row, rows } from '@app/storage';

interface StateRow {
  name: string;
  nextFetchAt: Date | null;
  fails: number;
  fetches: string;
  notModified: string;
  items: string;
  lastFetchAt: Date | null;
  lastOkAt: Date | null;
  lastItemAt: Date | null;
  lastFault: string | null;
  today: string;
  successRate: number | null;
  lagMedianSeconds: number | null;
  lagP95Seconds: number | null;
  usualPerDay: number | null;
  certificateEndsAt: Date | null;
  findings: { kind: SourceFindingKind; sentence: string; openedAt: string }[] | null;
}

/** A source that answers but has had nothing new for so long is shown as silent. */
const SILENT_MS = 3 * 24 * 3_600_000;

const SHOWN_DAYS = 14;
const SHOWN_INCIDENTS = 20;

/** The configured sources beside what the crawler has written about each. */
@Injectable()
export class SourceReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly book: SourceBook,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  titleOf(name: string): string {
    return this.book.titleOf(name) ?? handedTitle(name);
  }

  async list(names?: readonly string[]): Promise<WireSource[]> {
    const now = await readNow(this.dataSource);
    const midnight = startOfDay(dayNumberOf(beijingDate(now)));
    const found = await rows<StateRow>(
      this.dataSource,
      `select s.name, s.next_fetch_at as "nextFetchAt", s.fails, s.fetches, s.not_modified as "notModified", s.items,
              s.last_fetch_at as "lastFetchAt", s.last_ok_at as "lastOkAt", s.last_item_at as "lastItemAt", s.last_fault as "lastFault",
              coalesce(t.n, 0) as today, h.success_rate as "successRate", h.lag_median_seconds as "lagMedianSeconds",
              h.lag_p95_seconds as "lagP95Seconds", h.usual_per_day as "usualPerDay", s.certificate_ends_at as "certificateEndsAt",
              (select json_agg(json_build_object('kind', i.kind, 'sentence', i.sentence, 'openedAt', i.opened_at) order by i.id)
                 from source_incident i where i.name = s.name and i.ended_at is null) as findings
         from source_state s left join source_health h on h.name = s.name left join (
           select source_name, count(*) as n from item where fetched_at >= $1 group by source_name) t on t.source_name = s.name
        where $2::text[] is null or s.name = any($2)`,
      [midnight, names ?? null],
    );
    const states = new Map(found.map((s) => [s.name, s]));
    return this.book
      .all()
      .filter((s) => names === undefined || names.includes(s.name))
      .map((s) => this.wire(s, states.get(s.name), now));
  }

  /** One source with what it did day by day; null: there is none of this name. */
  async detail(name: string): Promise<WireSourceDetail | null> {
    const definition = this.book.find(name);
    const [source] = definition ? await this.list([name]) : [];
    if (!definition || !source) return null;
    const editable = this.book.isDefined(name);
    const changed = editable
      ? await row<{ at: Date; by: string }>(this.dataSource, 'select changed_at as at, changed_by as by from source_definition where name = $1', [name])
      : null;
    return {
      source,
      definition: { ...definition },
      origin: editable ? 'database' : 'config',
      changedAt: iso(changed?.at),
      changedBy: changed?.by ?? null,
      days: await this.daysOf(name),
      incidents: await this.incidentsOf(name),
    };
  }

  private daysOf(name: string): Promise<WireSourceDetail['days']> {
    return rows(
      this.dataSource,
      `select to_char(d.day, 'YYYY-MM-DD') as day, coalesce(s.fetches, 0) as fetches, coalesce(s.failures, 0) as failures,
         coalesce(s.not_modified, 0) as "notModified", coalesce(s.items, 0) as items
       from (select (app_now() at time zone 'Asia/Shanghai')::date - n as day from generate_series(0, ${SHOWN_DAYS - 1}) n) d
       left join source_day s on s.day = d.day and s.name = $1 order by d.day`,
      [name],
    );
  }

  private async incidentsOf(name: string): Promise<WireSourceDetail['incidents']> {
    const found = await rows<{ kind: SourceFindingKind; sentence: string; openedAt: Date; endedAt: Date | null }>(
      this.dataSource,
      `select kind, sentence, opened_at as "openedAt", ended_at as "endedAt" from source_incident where name = $1
       order by ended_at is not null, id desc limit ${SHOWN_INCIDENTS}`,
      [name],
    );
    return found.map((i) => ({ ...i, openedAt: beijingIso(i.openedAt), endedAt: iso(i.endedAt) }));
  }

  private wire(source: SourceSettings, state: StateRow | undefined, now: Date): WireSource {
    const enabled = source.enabled && (source.kind !== 'demo' || this.settings.demo.enabled);
    return {
      name: source.name,
      region: source.region ?? null,
      title: source.title,
      kind: source.kind,
      url: source.kind === 'demo' ? '' : sourceUrl(source, this.settings.intake.rsshubBase),
      enabled,
      official: source.official,
      editable: this.book.isDefined(source.name),
      state: enabled ? stateOf(state, now) : 'disabled',
      lastFetchAt: iso(state?.lastFetchAt),
      lastOkAt: iso(state?.lastOkAt),
      nextFetchAt: enabled ? iso(state?.nextFetchAt) : null,
      lastFault: state?.lastFault ?? null,
      fails: state?.fails ?? 0,
      items: Number(state?.items ?? 0),
      itemsToday: Number(state?.today ?? 0),
      notModified: Number(state?.notModified ?? 0),
      fetches: Number(state?.fetches ?? 0),
      successRate: state?.successRate ?? null,
      lagMedianSeconds: state?.lagMedianSeconds ?? null,
      lagP95Seconds: state?.lagP95Seconds ?? null,
      usualPerDay: state?.usualPerDay ?? null,
      certificateEndsAt: iso(state?.certificateEndsAt),
      findings: (state?.findings ?? []).map((f) => ({ ...f, openedAt: beijingIso(new Date(f.openedAt)) })),
    };
  }
}

function stateOf(state: StateRow | undefined, now: Date): WireSource['state'] {
  if (!state?.lastFetchAt) return 'waiting';
  if (state.fails > 0 || state.findings?.some((f) => f.kind === 'no-items')) return 'faulty';
  if (state.findings?.some((f) => f.kind === 'silent')) return 'silent';
  if (state.lastItemAt && now.getTime() - state.lastItemAt.getTime() > SILENT_MS) return 'silent';
  return 'ok';
}

function iso(at: Date | null | undefined): string | null {
  return at ? beijingIso(at) : null;
}

/** Items that were handed in have no configured source. */
function handedTitle(name: string): string {
  if (name === 'manual') return '手工录入';
  if (name.startsWith('push-')) return `第三方监测 ${name.slice(5)}`;
  return name.startsWith('import-') ? `导入 ${name.slice(7)}` : name;
}
