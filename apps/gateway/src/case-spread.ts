import { Injectable } from '@nestjs/common';
import { beijingIso, type WireSpread } from '@app/domain';
import { readNow, rows } from '@app/storage';
import { DataSource } from 'typeorm';
import { SourceReader } from './source-reader';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const BEIJING_MS = 8 * HOUR_MS;

/** When an item became public, as far as its source says so for certain; else when it was fetched. */
const PUBLIC_AT = 'case when published_certain and published_at <= fetched_at then published_at else fetched_at end';

/** How a case spread over time, sources and places, over all its reports. */
@Injectable()
export class CaseSpread {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sources: SourceReader,
  ) {}

  async load(caseId: string): Promise<WireSpread> {
    const [reports, places, now] = await Promise.all([
      rows<{ at: Date; sourceName: string; count: number; dated: number }>(
        this.dataSource,
        `select to_timestamp(floor(extract(epoch from ${PUBLIC_AT}) / 600) * 600)::timestamptz(3) as at, source_name as "sourceName",
           count(*)::int as count, count(*) filter (where published_certain and published_at <= fetched_at)::int as dated
         from item where case_id = $1 group by 1, 2 order by 1, 2`,
        [caseId],
      ),
      rows<{ name: string; count: number }>(
        this.dataSource,
        `select coalesce(place ->> 'name', '') as name, count(*)::int as count from item where case_id = $1 group by 1 order by 2 desc, 1`,
        [caseId],
      ),
      readNow(this.dataSource),
    ]);
    const sum = (of: (r: { count: number; dated: number }) => number): number => reports.reduce((n, r) => n + of(r), 0);
    const span = (reports.at(-1)?.at.getTime() ?? 0) - (reports[0]?.at.getTime() ?? 0);
    const slotMinutes = span <= 6 * HOUR_MS ? 10 : span <= 72 * HOUR_MS ? 60 : 1440;
    return { slotMinutes, slots: this.slots(reports, slotMinutes), places, total: sum((r) => r.count), dated: sum((r) => r.dated), asOf: beijingIso(now) };
  }

  private slots(reports: readonly { at: Date; sourceName: string; count: number }[], minutes: number): WireSpread['slots'] {
    const width = minutes * MINUTE_MS;
    const slots = new Map<number, Map<string, number>>();
    for (const { at, sourceName, count } of reports) {
      const from = Math.floor((at.getTime() + BEIJING_MS) / width) * width - BEIJING_MS;
      const slot = slots.get(from) ?? new Map<string, number>();
      const title = this.sources.titleOf(sourceName);
      slot.set(title, (slot.get(title) ?? 0) + count);
      slots.set(from, slot);
    }
    return [...slots].map(([from, bySource]) => ({
      from: beijingIso(new Date(from)),
      bySource: [...bySource].map(([sourceTitle, count]) => ({ sourceTitle, count })),
    }));
  }
}
