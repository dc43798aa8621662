import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { DataSource } from 'typeorm';
import { openAccountBook } from '@app/accounts';
import type { AlertRoute, AlertRouting } from '@app/domain';
import { DeliveryLoop, type DeliverySettings, openSender, type Sender } from '@app/notify';
import { Addressing, ChannelBook, DeliveryClaims, DeliverySettling, DeliveryWork, Escalation, ReceiptLinks } from '@app/response';
import { type ChannelSettings, loadMessages, projectRoot } from '@app/settings';
import { dataSourceOptions, PgListener, rows, shiftTime } from '@app/storage';
import { openScratchDatabase } from './scratch-database';

export interface Post {
  key: string;
  type: string;
  title: string;
  lines: string[];
  url: string | null;
  count: number;
  recipients: string[];
}

export interface Text {
  phone: string;
  text: string;
  key: string;
}

export interface Mail {
  to: string[];
  user: string | undefined;
  raw: string;
}

/** What the receivers got and how they answer. */
export interface Receivers {
  posts: Post[];
  texts: Text[];
  mails: Mail[];
  /** Answers each post and each text; default 200. */
  onHook: (response: ServerResponse, post: Post) => void;
  onText: (response: ServerResponse, text: Text) => void;
  refuseMail: { code: number } | null;
}

/** The delivery loop over a real database, with real receivers on loopback: a webhook, an SMS gateway, a mail server. */
export interface NotifyBench {
  db: DataSource;
  url: string;
  got: Receivers;
  channels: Record<'hook' | 'mail' | 'sms' | 'mails', ChannelSettings>;
  loop: DeliveryLoop;
  claims: DeliveryClaims;
  links: ReceiptLinks;
  sender(channel: ChannelSettings): Sender;
  loopOf(listener: PgListener, senders: Sender[], more?: Partial<DeliverySettings>): DeliveryLoop;
  /** Writes an alert and addresses it for these channels, or by these routes. */
  raise(over: string[] | AlertRoute[], more?: Partial<Raised>): Promise<string>;
  /** Sends everything that is due. */
  drain(channel: ChannelSettings): Promise<number>;
  states(channel: string): Promise<{ username: string; state: string; attempts: number; fault: string | null }[]>;
  pass(seconds: number): Promise<Date>;
  escalate(): Promise<number>;
  reset(): Promise<void>;
  close(): Promise<void>;
}

export interface Raised {
  severity: string;
  title: string;
  audience: string;
  caseId: string;
  receiptMinutes: number;
  /** Addressed with the next one. */
  later: boolean;
}

const STORM = { messages: 1000, minutes: 1 };
const shared = { enabled: true, minSeverity: 'info' as const, timeoutSeconds: 2, storm: STORM };

export async function openNotify(): Promise<NotifyBench> {
  const database = await openScratchDatabase();
  const db = await new DataSource(dataSourceOptions(database.url, 8, 'notify-test')).initialize();
  await addPeople(db);
  const got: Receivers = { posts: [], texts: [], mails: [], onHook: ok, onText: (response) => ok(response), refuseMail: null };
  const http = await openHttp(got);
  const smtp = await openSmtp(got);
  const channels = channelsOf(portOf(http), portOf(smtp.server as Server));
  const claims = new DeliveryClaims(db);
  const links = new ReceiptLinks(db);
  const work = new DeliveryWork(claims, new DeliverySettling(db, new ChannelBook(db)), links);
  const templates = loadMessages(join(projectRoot(), 'config'), [])!;
  const senders: Sender[] = [];
  const sender = (channel: ChannelSettings): Sender => {
    const known = senders.find((s) => s.channel === channel);
    if (known) return known;
    senders.push(openSender(channel, db));
    return senders.at(-1)!;
  };
  const settings: DeliverySettings = { senders: [], templates, publicUrl: 'https://huiying.example', linkHours: 24, fallbackAfterTries: 2 };
  const loopOf: NotifyBench['loopOf'] = (listener, own, more = {}) => new DeliveryLoop(db, work, listener, { ...settings, ...more, senders: own });
  const loop = loopOf(new PgListener(database.url), []);
  let made = 0;
  return {
    ...{ db, url: database.url, got, channels, claims, links, sender, loopOf, loop },
    raise: async (over, more = {}) => {
      const key = await insertAlert(db, ++made, more);
      if (!more.later) await new Addressing(db, routingOf(over, Object.values(channels))).addressBatch();
      return key;
    },
    drain: async (channel) => {
      let tried = 0;
      for (let n = 0; n < 200; n++) {
        const batch = await loop.sendBatch(sender(channel));
        tried += batch.tried;
        if (!batch.more) return tried;
      }
      throw new Error(`${channel.name} never comes to an end`);
    },
    states: (channel) => loadStates(db, channel),
    pass: (seconds) => shiftTime(db, { byMs: seconds * 1000 }),
    escalate: async () => (await new Escalation(db).escalateBatch()).climbed,
    reset: async () => {
      Object.assign(got, { posts: [], texts: [], mails: [], onHook: ok, onText: (response: ServerResponse) => ok(response), refuseMail: null });
      for (const table of ['alert_delivery', 'alert_message', 'receipt_link', 'alert', 'channel_state']) await rows(db, `delete from ${table}`);
    },
    close: async () => {
      for (const s of senders) s.close();
      await db.destroy();
      await new Promise<void>((resolve) => smtp.close(() => resolve()));
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await database.drop();
    },
  };
}

const ok = (response: ServerResponse): void => void response.writeHead(200).end('{"code":"0"}');
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function addPeople(db: DataSource): Promise<void> {
  const book = openAccountBook(db);
  const officer = { role: 'duty_officer' as const };
  await book.add({ username: 'zhang', displayName: '张三', ...officer, email: 'zhang@example.invalid', phone: '13800000001' }, 'test');
  await book.add({ username: 'li', displayName: '李四', ...officer, email: 'li@example.invalid', phone: '13800000002' }, 'test');
  await book.add({ username: 'wang', displayName: '王五', ...officer }, 'test');
  await book.add({ username: 'zhao', displayName: '赵书记', role: 'leader', email: 'zhao@example.invalid', phone: '13800000009' }, 'test');
}

function channelsOf(http: number, smtp: number): NotifyBench['channels'] {
  const web = `http://127.0.0.1:${http}`;
  const mail = { ...shared, kind: 'email' as const, host: '127.0.0.1', port: smtp, secure: false, username: 'huiying', secret: 'pass', from: '回应 <huiying@example.invalid>' };
  return {
    hook: { ...shared, name: 'hook', title: '市平台', kind: 'webhook', url: `${web}/hook`, secretFile: 'f', secret: 's' },
    mail: { ...mail, name: 'mail', title: '邮件' },
    mails: { ...mail, name: 'mails', title: '备用邮件' },
    sms: {
      ...{ ...shared, name: 'sms', title: '短信', kind: 'sms', url: `${web}/sms`, method: 'POST', headers: { 'content-type': 'application/json' } },
      ...{ body: '{"phone":"{phone}","text":"{text}","key":"{key}"}', success: { path: 'code', equals: ['0'] } },
      ...{ maxChars: 120, quotaPerDay: 1000, reserveForUrgent: 10, secret: null },
    },
  };
}

function routingOf(over: string[] | AlertRoute[], channels: ChannelSettings[]): AlertRouting {
  const routes = over.filter((o) => typeof o !== 'string');
  const named = over.filter((o) => typeof o === 'string');
  return { channels: routes.length > 0 ? channels : channels.filter((c) => named.includes(c.name)), routes, digestMinutes: 30 };
}

async function insertAlert(db: DataSource, n: number, more: Partial<Raised>): Promise<string> {
  const { severity = 'critical', title = '发布将到期', audience = 'duty_officer', caseId = null, receiptMinutes = null } = more;
  await rows(
    db,
    `insert into alert (key, kind, severity, title, body, audience, case_id, receipt_minutes, instant_at, created_at)
     values ('n:' || $1, 'warn', $2, $3, '第' || $1 || '条' || chr(10) || '<b>x</b>', array[$4], $5, $6, app_now(), app_now())`,
    [String(n), severity, title, audience, caseId, receiptMinutes],
  );
  return `n:${n}`;
}

function loadStates(db: DataSource, channel: string): ReturnType<NotifyBench['states']> {
  return rows(
    db,
    `select a.username, d.state, d.attempts, d.last_fault as fault from alert_delivery d join account a on a.id = d.account_id
      where d.channel = $1 order by d.alert_id, a.id, d.seq`,
    [channel],
  );
}

async function openHttp(got: Receivers): Promise<Server> {
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (c: Buffer) => chunks.push(c));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Post & Text;
      if (request.url === '/sms') {
        got.texts.push(body);
        got.onText(response, body);
      } else {
        got.posts.push(body);
        got.onHook(response, body);
      }
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return http;
}

async function openSmtp(got: Receivers): Promise<SMTPServer> {
  const smtp = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    logger: false,
    onAuth: (auth, _session, done) => (auth.password === 'pass' ? done(null, { user: auth.username }) : done(new Error('wrong password'))),
    onRcptTo: (_address, _session, done) => done(got.refuseMail?.code === 550 ? Object.assign(new Error('no such box'), { responseCode: 550 }) : null),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (c: Buffer) => chunks.push(c));
      stream.on('end', () => {
        if (got.refuseMail) return done(Object.assign(new Error('refused'), { responseCode: got.refuseMail.code }));
        const to = session.envelope.rcptTo.map((r) => r.address);
        got.mails.push({ to, user: session.user as string | undefined, raw: Buffer.concat(chunks).toString() });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', () => resolve()));
  return smtp;
}
