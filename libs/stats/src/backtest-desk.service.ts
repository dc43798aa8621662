import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { backtest, type BacktestMessage, type BacktestReport, beijingIso, type Label, parseInstant } from '@app/domain';
import { calendarOf, ruleBookOf, SETTINGS, type Settings } from '@app/settings';
import { row, rows, type Witness } from '@app/storage';
import { DataSource } from 'typeorm';
import type { Answer } from './assessment-desk.service';

/** Labels a text, in the process that can: bound by the app to the classifier (libs/intake). */
export type TextLabeller = (input: { title: string; text: string; publishedAt: Date }) => Pick<Label, 'relevant' | 'level' | 'emergency' | 'grade' | 'topic'>;
export const TEXT_LABELLER = Symbol('TEXT_LABELLER');

const LOOK_EVERY_MS = 3_000;
/** Texts between two turns of the event loop. */
const BREATH = 20;
export const MOST_MESSAGES = 50_000;

export interface WireBacktestRun {
  id: string;
  title: string;
  packs: string[];
  messages: number;
  state: 'waiting' | 'running' | 'done' | 'failed';
  fault: string | null;
  askedBy: string;
  askedAt: string;
  doneAt: string | null;
}

/** 回测 on the page: a history is handed in, the process that classifies judges it, the result stays and the texts go. */
@Injectable()
export class BacktestDesk {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  packs(): { id: string; title: string; inForce: boolean }[] {
    const { packs } = this.settings.rules;
    const all = Object.values(this.settings.rulePacks).filter((p) => p.duties.some((d) => d.appliesTo.length > 0 && d.trigger === undefined));
    return [
      { id: packs.join('+'), title: `现行规则（${packs.map((id) => this.settings.rulePacks[id]?.title ?? id).join(' + ')}）`, inForce: true },
      ...all.map((p) => ({ id: p.id, title: p.title, inForce: false })),
    ];
  }

  /** @param lines JSON Lines with title, text, publishedAt, respondedAt */
  async ask(by: string, given: { title: string; packs: string[]; lines: string }, witness?: Witness<string>): Promise<Answer<string>> {
    const known = this.packs().map((p) => p.id);
    const unknown = given.packs.find((p) => !known.includes(p));
    if (unknown !== undefined) return { ok: false, kind: 'invalid', field: 'packs', reason: `没有规则包“${unknown}”` };
    const read = readHistory(given.lines);
    if (!read.ok) return read;
    return this.dataSource.transaction(async (tx) => {
      const made = await row<{ id: string }>(
        tx,
        `insert into backtest_run (title, packs, messages, lines, asked_by, asked_at) values ($1, $2, $3, $4, $5, app_now()) returning id`,
        [given.title, given.packs, read.value.length, given.lines, by],
      );
      if (!made) throw new Error('the run was not written');
      await witness?.(tx, made.id);
      return { ok: true, value: made.id };
    });
  }

  async list(): Promise<WireBacktestRun[]> {
    const found = await rows<Omit<WireBacktestRun, 'askedAt' | 'doneAt'> & { askedAt: Date; doneAt: Date | null }>(
      this.dataSource,
      `select id, title, packs, messages, state, fault, asked_by as "askedBy", asked_at as "askedAt", done_at as "doneAt" from backtest_run order by id desc limit 50`,
    );
    return found.map((f) => ({ ...f, askedAt: beijingIso(f.askedAt), doneAt: f.doneAt && beijingIso(f.doneAt) }));
  }

  async load(id: string): Promise<{ id: string; title: string; state: string; fault: string | null; reports: BacktestReport[] } | null> {
    const found = await row<{ id: string; title: string; state: string; fault: string | null; result: BacktestReport[] | null }>(
      this.dataSource,
      'select id, title, state, fault, result from backtest_run where id = $1',
      [id],
    );
    return found && { id: found.id, title: found.title, state: found.state, fault: found.fault, reports: found.result ?? [] };
  }
}

interface HistoryLine {
  title: string;
  text: string;
  publishedAt: Date;
  respondedAt: Date | null;
}

/** The lines of a history; the first fault is told with its line. */
export function readHistory(lines: string): Answer<HistoryLine[]> {
  const fault = (n: number, what: string): Answer<never> => ({ ok: false, kind: 'invalid', field: 'lines', reason: `第 ${n} 行：${what}` });
  const history: HistoryLine[] = [];
  for (const [i, line] of lines.replace(/^\uFEFF/, '').split('\n').entries()) {
    if (line.trim() === '') continue;
    let r: Record<string, unknown>;
    try {
      r = JSON.parse(line) as Record<string, unknown>;
    } catch {
      return fault(i + 1, '不是 JSON；每行须为一个 JSON 对象');
    }
    const instant = (value: unknown): Date | null => (typeof value === 'string' ? parseInstant(value) : null);
    const publishedAt = instant(r['publishedAt']);
    if (typeof r['title'] !== 'string' || typeof r['text'] !== 'string') return fault(i + 1, 'title 和 text 须为文字');
    if (publishedAt === null) return fault(i + 1, 'publishedAt 须为时间，如 2019-08-10T19:43:56+08:00');
    const respondedAt = (r['respondedAt'] ?? null) === null ? null : instant(r['respondedAt']);
    if (respondedAt === null && (r['respondedAt'] ?? null) !== null) return fault(i + 1, 'respondedAt 须为时间或 null');
    history.push({ title: r['title'], text: r['text'], publishedAt, respondedAt });
    if (history.length > MOST_MESSAGES) return fault(i + 1, `一次最多 ${MOST_MESSAGES} 条`);
  }
  return history.length > 0 ? { ok: true, value: history } : fault(1, '没有内容');
}

/** Judges what was handed in; runs where texts can be classified. */
@Injectable()
export class BacktestRunner implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Backtest');
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Optional() @Inject(TEXT_LABELLER) private readonly label: TextLabeller | null = null,
  ) {}

  onApplicationBootstrap(): void {
    if (this.label) this.plan();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.running;
  }

  private plan(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.runOne()
        .catch((error: Error) => this.logger.error(error.message))
        .then(() => this.plan());
    }, LOOK_EVERY_MS);
    this.timer.unref();
  }

  /** Takes the oldest that waits (or was left lying by a process that died) and judges it. */
  async runOne(): Promise<void> {
    const taken = await row<{ id: string; packs: string[]; lines: string }>(
      this.dataSource,
      `update backtest_run set state = 'running', done_at = app_now() where id = (
         select id from backtest_run where state = 'waiting' or (state = 'running' and done_at < app_now() - interval '10 minutes')
         order by id limit 1 for update skip locked) returning id, packs, lines`,
    );
    if (!taken) return;
    try {
      const result = await this.judge(taken.packs, taken.lines);
      await rows(this.dataSource, `update backtest_run set state = 'done', result = $2, lines = null, done_at = app_now() where id = $1`, [taken.id, JSON.stringify(result)]);
    } catch (error) {
      const fault = (error as Error).message.slice(0, 500);
      await rows(this.dataSource, `update backtest_run set state = 'failed', fault = $2, lines = null, done_at = app_now() where id = $1`, [taken.id, fault]);
    }
  }

  private async judge(packs: string[], lines: string): Promise<BacktestReport[]> {
    const read = readHistory(lines);
    if (!read.ok) throw new Error(read.reason);
    if (!this.label) throw new Error('no classifier in this process');
    const messages: BacktestMessage[] = [];
    for (const [i, line] of read.value.entries()) {
      messages.push({ publishedAt: line.publishedAt, respondedAt: line.respondedAt, label: this.label(line) });
      if (i % BREATH === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const calendar = calendarOf(this.settings);
    return packs.map((id) => backtest(messages, ruleBookOf(this.settings, id.split('+')), calendar, { id }));
  }
}
