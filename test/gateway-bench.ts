import type { NestExpressApplication } from '@nestjs/platform-express';
import { DataSource } from 'typeorm';
import { type NewAccount, openAccountBook } from '@app/accounts';
import type { WireMe, WireProblem } from '@app/domain';
import { loadSettings, type Settings } from '@app/settings';
import { CaseIntake, type Incoming } from '@app/response';
import { CHANNELS, rows, sendHint } from '@app/storage';
import { createGateway } from '../apps/gateway/src/http-app';
import { incoming } from './engine-bench';
import { openScratchDatabase, type ScratchDatabase } from './scratch-database';
import { readAnswerTypes, Told } from './told';

/** A real gateway on a free port over a real, empty database. */
export interface GatewayBench {
  base: string;
  app: NestExpressApplication;
  db: DataSource;
  close(): Promise<void>;
}

export async function openGateway(
  server: Partial<Settings['server']> = {},
  more: Partial<Settings> = {},
): Promise<GatewayBench> {
  readAnswerTypes();
  const database: ScratchDatabase = await openScratchDatabase();
  const read = loadSettings({ env: { DATABASE_URL: database.url, HUIYING_PORT: '0' } });
  const settings = { ...read, ...more, server: { ...read.server, ...server } };
  const app = await createGateway(settings, false);
  await app.listen(0, '127.0.0.1');
  return {
    base: (await app.getUrl()).replace('[::1]', '127.0.0.1'),
    app,
    db: app.get(DataSource),
    close: async () => {
      await app.close();
      await database.drop();
    },
  };
}

export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T & WireProblem;
}

/** A browser of one person: keeps the cookie, sends origin and CSRF token. Each answer must be one that the API document tells. */
export class Browser {
  cookie = '';
  csrf = '';

  constructor(readonly base: string) {}

  async send<T = object>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(this.base + path, {
      method,
      headers: {
        ...(this.cookie ? { cookie: this.cookie } : {}),
        ...(method === 'GET' ? {} : { origin: this.base, 'x-csrf-token': this.csrf }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const set = response.headers.getSetCookie().find((c) => c.startsWith('huiying_session='));
    if (set) this.cookie = set.split(';')[0]!;
    const type = response.headers.get('content-type') ?? '';
    const json = /[/+]json/.test(type) && text !== '';
    const answered = (json ? JSON.parse(text) : { text }) as T & WireProblem;
    const fault = (await Told.of(this.base)).fault(method, path, response.status, type.split(';')[0]!, answered);
    if (fault !== null) throw new Error(fault);
    return { status: response.status, headers: response.headers, body: answered };
  }

  get<T = object>(path: string): Promise<Answer<T>> {
    return this.send<T>('GET', `/api/v1${path}`);
  }

  post<T = object>(path: string, body?: unknown): Promise<Answer<T>> {
    return this.send<T>('POST', `/api/v1${path}`, body);
  }

  async signIn(username: string, password: string): Promise<Answer<WireMe>> {
    const answer = await this.post<WireMe>('/session', { username, password });
    if (answer.status === 200) this.csrf = answer.body.csrfToken;
    return answer;
  }
}

export const PASSWORD = 'correct horse battery';

/** An account that has changed its first password, and its browser. */
export async function person(
  bench: GatewayBench,
  account: Partial<NewAccount> & { username: string },
): Promise<Browser> {
  const made = await openAccountBook(bench.db).add(
    { displayName: account.username, role: 'duty_officer', ...account },
    'test',
  );
  if (!made.ok) throw new Error(made.reason);
  const browser = new Browser(bench.base);
  await browser.signIn(account.username, made.oneTimePassword);
  const changed = await browser.post('/me/password', { current: made.oneTimePassword, next: PASSWORD });
  if (changed.status !== 204) throw new Error(changed.body.detail);
  return browser;
}

/** A case as intake opens it. */
export async function openCase(bench: GatewayBench, given: Partial<Incoming> & { title: string }): Promise<string> {
  return bench.db.transaction(async (manager) => {
    const item = await incoming(manager, given);
    const taken = await bench.app.get(CaseIntake, { strict: false }).take(manager, item);
    await rows(manager, 'update item set case_id = $2, region = $3 where id = $1', [
      item.itemId,
      taken.caseId,
      item.region,
    ]);
    await sendHint(manager, CHANNELS.itemAdded, item.itemId);
    return taken.caseId!;
  });
}
