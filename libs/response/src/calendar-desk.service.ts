import { Injectable } from '@nestjs/common';
import { beijingDate, beijingIso, type Calendar, fingerprint, type Notice } from '@app/domain';
import { type ConfigFault, type NoticeFile, parseNoticeFile } from '@app/settings';
import { type Querier, readNow } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { CalendarReprojection, type ReprojectionPlan } from './calendar-reprojection.service';
import { lockCalendar } from './lawbook.service';
import { NoticeShelf } from './notice-shelf.service';

/** What a notice would do, shown before it is adopted. */
export interface NoticePreview extends ReprojectionPlan {
  oldVersion: string;
  newVersion: string;
  coverageUntil: string;
  /** Days that become free or working, YYYY-MM-DD. */
  days: { date: string; working: boolean; why: string }[];
}

export type NoticeRefusal = { ok: false; status: 409 | 422; faults: { key: string; reason: string }[] };

/** An administrator's new or amended holiday notice: looked at, adopted, listed. */
@Injectable()
export class CalendarDesk {
  constructor(
    private readonly dataSource: DataSource,
    private readonly shelf: NoticeShelf,
    private readonly reprojection: CalendarReprojection,
  ) {}

  /** All notices, the latest first, with who loaded it; null: it stands in config/calendar. */
  async list(): Promise<{ notice: Notice; loadedAt: string | null; loadedBy: string | null }[]> {
    const loaded = (await this.shelf.load(this.dataSource)).map(({ notice, loadedAt, loadedBy }) => ({
      ...{ notice, loadedBy },
      loadedAt: beijingIso(loadedAt),
    }));
    const configured = this.shelf.configured.map((notice) => ({ notice, loadedAt: null, loadedBy: null }));
    const key = ({ notice }: { notice: Notice }) => notice.published ?? `${notice.year}`;
    return [...configured, ...loaded].reverse().sort((a, b) => (key(a) < key(b) ? 1 : key(a) > key(b) ? -1 : 0));
  }

  /** What adopting would move; nothing is written. */
  async preview(source: string): Promise<({ ok: true } & NoticePreview) | NoticeRefusal> {
    const read = await this.read(this.dataSource, source);
    if (!read.ok) return read;
    return { ok: true, ...(await this.effect(read)) };
  }

  /**
   * Adopts a notice: from the commit on every process plans with it. The rules process then moves the open clocks.
   * @param log writes the audit record, in the same transaction
   */
  adopt(
    source: string,
    by: string,
    log: (manager: EntityManager, file: NoticeFile, versions: { old: string; new: string }) => Promise<void>,
  ): Promise<{ ok: true; calendar: Calendar } | NoticeRefusal> {
    return this.dataSource.transaction(async (manager) => {
      await lockCalendar(manager);
      const read = await this.read(manager, source);
      if (!read.ok) return read;
      await this.shelf.write(manager, read.file.notices, by);
      await log(manager, read.file, { old: read.old.version, new: read.calendar.version });
      return { ok: true, calendar: read.calendar };
    });
  }

  private async read(
    on: Querier,
    source: string,
  ): Promise<{ ok: true; file: NoticeFile; old: Calendar; calendar: Calendar } | NoticeRefusal> {
    const parsed = parseNoticeFile(source);
    if (!parsed.ok) return refused(422, ...parsed.faults.map(faultOf));
    const { file } = parsed;
    const today = beijingDate(await readNow(on));
    const undated = file.notices.flatMap((n, i) => publishedFault(n, i, today) ?? []);
    if (undated.length > 0) return refused(422, ...undated);
    const loaded = (await this.shelf.load(on)).map((l) => l.notice);
    const prints = new Set([...this.shelf.configured, ...loaded].map((n) => fingerprint(n)));
    if (file.notices.some((n) => prints.has(fingerprint(n)))) {
      return refused(409, { key: 'notices', reason: '这份通知已经载入' });
    }
    const old = this.shelf.build(loaded);
    const calendar = this.shelf.build([...loaded, ...file.notices]);
    // A year skipped would tear the covered years apart: all before it would be unknown again.
    if (calendar.coverageFrom > old.coverageFrom || calendar.coverageUntil < old.coverageUntil) {
      const next = Number(old.coverageUntil.slice(0, 4)) + 1;
      return refused(422, {
        key: 'year',
        reason: `${file.year}：须先载入 ${next} 年的通知（现已载入至 ${old.coverageUntil}）`,
      });
    }
    return { ok: true, file, old, calendar };
  }

  private async effect({ old, calendar, file }: { old: Calendar; calendar: Calendar; file: NoticeFile }) {
    const named = new Set(file.notices.flatMap((n) => n.holidays.flatMap((h) => [...h.off, ...h.work])));
    const days = [...named]
      .sort()
      .map((date) => calendar.dayOf(date))
      .filter((d) => d.working !== old.dayOf(d.date).working)
      .map(({ date, working, why }) => ({ date, working, why }));
    const plan = await this.reprojection.plan(calendar);
    return {
      oldVersion: old.version,
      newVersion: calendar.version,
      coverageUntil: calendar.coverageUntil,
      days,
      ...plan,
    };
  }
}

/** Without its day nobody could tell which of two notices is the later one; a day to come is a slip of the pen. */
function publishedFault(n: Notice, i: number, today: string): { key: string; reason: string } | null {
  const key = `notices.${i}.published`;
  if (n.published === undefined) return { key, reason: '须填写发布日期：后发布的通知优先' };
  return n.published <= today ? null : { key, reason: `${n.published}：发布日期不能晚于今天（${today}）` };
}

function faultOf(f: ConfigFault): { key: string; reason: string } {
  const where = f.line === null ? '' : `第 ${f.line} 行，`;
  const value = f.value === undefined ? '缺少' : JSON.stringify(f.value).slice(0, 80);
  return { key: f.key, reason: `${where}${f.key || '文件'}（${value}）：${f.allowed}` };
}

function refused(status: 409 | 422, ...faults: { key: string; reason: string }[]): NoticeRefusal {
  return { ok: false, status, faults };
}
