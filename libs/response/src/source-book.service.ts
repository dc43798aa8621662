import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type FetchedSource, SETTINGS, type Settings, type SourceSettings } from '@app/settings';
import { CHANNELS, PgListener, row, rows, sendHint } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { conflict, invalid, missing, type Refusal } from './desk-result';
import { readDefinition } from './source-fault';

/** A lost hint must not cost more than this. */
const LOOK_MS = 30_000;

export interface SourceSaved {
  ok: true;
  source: FetchedSource;
  created: boolean;
}

/** Writes the audit entry in the transaction of the change. */
export type Audit = (tx: EntityManager, was: SourceSettings | null) => Promise<void>;

/**
 * All sources: those of config/sources, which only a file changes, and those of the table source_definition, which a
 * person sets up in the browser. Every process holds them and reads them anew when one has changed.
 */
@Injectable()
export class SourceBook implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('SourceBook');
  private readonly configured: ReadonlyMap<string, SourceSettings>;
  private defined: ReadonlyMap<string, SourceSettings> = new Map();
  /** Titles of deleted ones: their items stay. */
  private formerTitles: ReadonlyMap<string, string> = new Map();
  private readonly handlers = new Set<() => void | Promise<void>>();
  private mark = '';
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly listener: PgListener,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.configured = new Map((settings.sources ?? []).map((s) => [s.name, s]));
  }

  async onModuleInit(): Promise<void> {
    const look = (): Promise<void> => this.refresh();
    await this.listener.listen(CHANNELS.sourceDefined, look);
    this.listener.onReconnect(look);
    this.timer = setInterval(() => void look().catch((e: Error) => this.logger.warn(`reading the sources failed: ${e.message}`)), LOOK_MS);
    this.timer.unref();
    await this.refresh();
  }

  onModuleDestroy(): void {
    if (this.timer) clearInterval(this.timer);
  }

  all(): SourceSettings[] {
    return [...this.configured.values(), ...this.defined.values()];
  }

  find(name: string): SourceSettings | null {
    return this.configured.get(name) ?? this.defined.get(name) ?? null;
  }

  titleOf(name: string): string | null {
    return this.find(name)?.title ?? this.formerTitles.get(name) ?? null;
  }

  /** Whether a person may change it in the browser. */
  isDefined(name: string): boolean {
    return !this.configured.has(name) && this.defined.has(name);
  }

  /** Called after the sources have changed. */
  onChange(handler: () => void | Promise<void>): void {
    this.handlers.add(handler);
  }

  async refresh(): Promise<void> {
    const found = await rows<{ name: string; definition: unknown; deleted: boolean }>(
      this.dataSource,
      'select name, definition, deleted_at is not null as deleted from source_definition order by created_at, name',
    );
    const mark = JSON.stringify(found);
    if (mark === this.mark) return;
    this.mark = mark;
    const defined = new Map<string, SourceSettings>();
    const former = new Map<string, string>();
    for (const { name, definition, deleted } of found) {
      const read = readDefinition(definition);
      if (!read.ok) this.logger.error(`the source ${name} of the database is not read: ${read.reason}`);
      else if (deleted) former.set(name, read.source.title);
      else if (this.configured.has(name)) this.logger.warn(`the source ${name} stands in config/sources too; the file counts`);
      else defined.set(name, read.source);
    }
    this.defined = defined;
    this.formerTitles = former;
    try {
      for (const handler of this.handlers) await handler();
    } catch (error) {
      // Told again at the next look.
      this.mark = '';
      throw error;
    }
  }

  /** Sets up a source or changes one. @param name the one to change; null: a new one */
  async save(name: string | null, value: unknown, by: string, audit: Audit): Promise<SourceSaved | Refusal> {
    const read = readDefinition(value);
    if (!read.ok) return read;
    const { source } = read;
    if (name !== null && source.name !== name) return invalid('name', '来源标识不能改：已抓取的信息记在它名下');
    if (this.configured.has(source.name)) return conflict(`来源 ${source.name} 在 config/sources 的文件中，只能改文件`);
    const fault = await this.referenceFault(source);
    if (fault) return fault;
    return this.change(source.name, name === null ? 'new' : 'old', by, audit, () => source);
  }

  async setEnabled(name: string, enabled: boolean, by: string, audit: Audit): Promise<SourceSaved | Refusal> {
    if (this.configured.has(name)) return conflict(`来源 ${name} 在 config/sources 的文件中，只能改文件`);
    return this.change(name, 'old', by, audit, (was) => ({ ...was, enabled }));
  }

  async remove(name: string, by: string, audit: Audit): Promise<SourceSaved | Refusal> {
    if (this.configured.has(name)) return conflict(`来源 ${name} 在 config/sources 的文件中，只能改文件`);
    return this.change(name, 'deleted', by, audit, (was) => was);
  }

  private async change(
    name: string,
    how: 'new' | 'old' | 'deleted',
    by: string,
    audit: Audit,
    next: (was: FetchedSource) => FetchedSource,
  ): Promise<SourceSaved | Refusal> {
    const done = await this.dataSource.transaction(async (tx): Promise<SourceSaved | Refusal> => {
      const held = await row<{ definition: FetchedSource; deleted: boolean }>(
        tx,
        'select definition, deleted_at is not null as deleted from source_definition where name = $1 for update',
        [name],
      );
      const was = held && !held.deleted ? held.definition : null;
      if (how === 'new' && was) return invalid('name', `来源标识 ${name} 已被「${was.title}」使用`);
      if (how !== 'new' && !was) return missing(`没有名为 ${name} 的来源`);
      const source = next(was as FetchedSource);
      await rows(
        tx,
        `insert into source_definition as d (name, definition, created_at, created_by, changed_at, changed_by, deleted_at)
         values ($1, $2, app_now(), $3, app_now(), $3, case when $4 then app_now() end)
         on conflict (name) do update set definition = excluded.definition, changed_at = excluded.changed_at,
           changed_by = excluded.changed_by, deleted_at = excluded.deleted_at`,
        [name, JSON.stringify(source), by, how === 'deleted'],
      );
      await audit(tx, was);
      await sendHint(tx, CHANNELS.sourceDefined, name);
      return { ok: true, source, created: how === 'new' };
    });
    if (done.ok) await this.refresh();
    return done;
  }

  private async referenceFault({ department }: FetchedSource): Promise<Refusal | null> {
    if (department === undefined) return null;
    const known = await row(this.dataSource, 'select 1 from department where id = $1', [department]);
    return known ? null : invalid('department', `没有标识为 ${department} 的部门`);
  }
}
