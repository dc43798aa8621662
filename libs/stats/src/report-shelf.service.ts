import { Injectable } from '@nestjs/common';
import { beijingIso, type WireReportRun } from '@app/domain';
import { row, rows } from '@app/storage';
import { DataSource } from 'typeorm';

/** The scheduled reports that were made, with their files as they were sent. */
@Injectable()
export class ReportShelf {
  constructor(private readonly dataSource: DataSource) {}

  /** The newest first. */
  async list(): Promise<WireReportRun[]> {
    const found = await rows<Omit<WireReportRun, 'dueAt' | 'madeAt' | 'sentAt'> & { dueAt: Date; madeAt: Date | null; sentAt: Date | null }>(
      this.dataSource,
      `select id, schedule, period, title, due_at as "dueAt", state, attempts, made_at as "madeAt", sent_at as "sentAt", sent_to as "sentTo", last_fault as "lastFault",
         word is not null as word, sheet is not null as sheet from report_run order by due_at desc, id desc limit 200`,
    );
    const iso = (at: Date | null): string | null => at && beijingIso(at);
    return found.map((f) => ({ ...f, dueAt: beijingIso(f.dueAt), madeAt: iso(f.madeAt), sentAt: iso(f.sentAt) }));
  }

  async file(id: string, form: 'word' | 'sheet'): Promise<{ title: string; bytes: Buffer } | null> {
    const found = await row<{ title: string; bytes: Buffer | null }>(this.dataSource, `select title, ${form} as bytes from report_run where id = $1`, [id]);
    return found?.bytes ? { title: found.title, bytes: found.bytes } : null;
  }
}

