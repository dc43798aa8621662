import { join } from 'node:path';
import { z } from 'zod';
import type { AlertRoute } from '@app/domain';
import { alertRoute } from './alert-route.schema';
import { readConfigFile, type ConfigFault } from './config-file';
import { readSecretFile, secretFile } from './secret-file';

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,31}$/, '2–32 small letters, digits or hyphens')
  .refine((n) => n !== 'socket', 'any name but socket');
const url = z.url({ protocol: /^https?$/, error: 'an http(s) URL' });
const whole = (min: number, max: number) => z.int(`${min}–${max}`).min(min, `${min}–${max}`).max(max, `${min}–${max}`);
const limit = z.strictObject({ messages: whole(1, 1000), minutes: whole(1, 1440) });
const line = z.string().regex(/^[^\r\n]*$/, 'one line');

const shared = {
  name,
  /** As people read it; absent: by its kind. */
  title: z.string().min(1, 'a title').max(30, 'at most 30 characters').optional(),
  enabled: z.boolean('true or false').default(false),
  /** Alerts from this severity on. */
  minSeverity: z.enum(['info', 'warning', 'critical'], 'info, warning or critical').default('warning'),
  timeoutSeconds: z.number('1–60').min(1, '1–60').max(60, '1–60').default(10),
  /** More than so many messages to one reader in so many minutes become one summary; null: never. */
  storm: limit.nullable().optional(),
};

const webhook = z.strictObject({ ...shared, kind: z.literal('webhook'), url, secretFile });
const wecom = z.strictObject({ ...shared, kind: z.literal('wecom'), url });
const dingtalk = z.strictObject({ ...shared, kind: z.literal('dingtalk'), url, secretFile: secretFile.optional() });
const feishu = z.strictObject({ ...shared, kind: z.literal('feishu'), url, secretFile: secretFile.optional() });
const email = z.strictObject({
  ...shared,
  kind: z.literal('email'),
  host: z.string().min(1, 'a host name'),
  port: whole(1, 65535).default(465),
  /** true: TLS from the first byte (465); false: STARTTLS where the server offers it. */
  secure: z.boolean('true or false').default(true),
  username: z.string().optional(),
  secretFile: secretFile.optional(),
  from: line.min(3, 'a sender address'),
});

/** What a template of the gateway may name; of a header only what nobody outside writes. */
const SMS_VALUES = ['phone', 'text', 'key', 'secret', 'unixSeconds'];
const SMS_HEADER_VALUES = ['key', 'secret', 'unixSeconds'];
const smsTemplate = (allowed: string[]) =>
  z.string().refine(
    (text) => [...text.matchAll(/\{([A-Za-z]+)\}/g)].every((m) => allowed.includes(m[1] ?? '')),
    `only ${allowed.map((v) => `{${v}}`).join(', ')}`,
  );

/** Any SMS gateway with an HTTP interface: what it is asked, and by what its yes is known. */
const sms = z.strictObject({
  ...shared,
  kind: z.literal('sms'),
  url: url.and(smsTemplate(SMS_VALUES)),
  method: z.enum(['GET', 'POST', 'PUT'], 'GET, POST or PUT').default('POST'),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]{1,60}$/, 'a header name'), line.and(smsTemplate(SMS_HEADER_VALUES)))
    .default({ 'content-type': 'application/json; charset=utf-8' }),
  /** Values are escaped as the content-type asks for (JSON, form, XML). */
  body: smsTemplate(SMS_VALUES).default('{"phone":"{phone}","text":"{text}","key":"{key}"}'),
  success: z
    .strictObject({
      /** Absent: 2xx. */
      status: z.array(whole(100, 599)).min(1, 'at least one').optional(),
      /** Path into the JSON of the answer, e.g. `data.code`, whose value as text must be one of `equals`. */
      path: z.string().regex(/^[\w-]+(\.[\w-]+)*$/, 'keys parted by dots, e.g. data.code').optional(),
      equals: z.array(z.coerce.string()).min(1, 'at least one').optional(),
      /** Text that the answer must hold. */
      contains: z.string().min(1, 'a text').optional(),
    })
    .refine((s) => (s.path === undefined) === (s.equals === undefined), 'path and equals together')
    .default({}),
  maxChars: whole(20, 500).default(70),
  /** Messages a day (Beijing). Beyond it the fallback takes over. */
  quotaPerDay: whole(1, 100_000).default(500),
  /** Of them so many only for what is urgent. */
  reserveForUrgent: whole(0, 100_000).default(50),
  secretFile: secretFile.optional(),
});

type AnyChannel = z.infer<typeof webhook | typeof wecom | typeof dingtalk | typeof feishu | typeof email | typeof sms>;

export const channelsSchema = z
  .strictObject({
    /** Address of this system as its people reach it: the one link of each message. */
    publicUrl: url.optional(),
    /** Hours for which the link to sign for an alert without signing in holds. */
    linkHours: whole(1, 168).default(24),
    /** Failed tries after which the next channel, or the next office, takes over. Trying goes on. */
    fallbackAfterTries: whole(1, 3).default(2),
    /** Alerts 提示 wait at most so long and are told together; 0: at once. */
    digestMinutes: whole(0, 1440).default(30),
    /** Of channels that say nothing of their own. */
    storm: limit.default({ messages: 10, minutes: 5 }),
    channels: z
      .array(
        z.discriminatedUnion(
          'kind',
          [webhook, wecom, dingtalk, feishu, email, sms],
          'kind: webhook, wecom, dingtalk, feishu, email or sms',
        ),
      )
      .max(20, 'at most 20')
      .refine((all) => new Set(all.map((c) => c.name)).size === all.length, 'each name once')
      .default([]),
    routes: z
      .array(alertRoute)
      .max(100, 'at most 100')
      .refine((all) => new Set(all.map((r) => r.name)).size === all.length, 'each name once')
      .default([]),
  })
  .superRefine(({ channels, routes }, ctx) => {
    channels.forEach((c, i) => smsFaults(c).forEach((f) => ctx.addIssue({ code: 'custom', path: ['channels', i, f.key], message: f.allowed })));
    // A route into a channel that is off would be a silence nobody decided.
    const enabled = channels.filter((c) => c.enabled).map((c) => c.name);
    const message = `an enabled channel: ${enabled.join(', ') || 'none is'}`;
    for (const [i, r] of routes.entries())
      for (const key of ['send', 'fallback'] as const)
        for (const [n, channel] of r[key].entries())
          if (!enabled.includes(channel)) ctx.addIssue({ code: 'custom', path: ['routes', i, key, n], message });
  });

function smsFaults(c: AnyChannel): { key: string; allowed: string }[] {
  if (c.kind !== 'sms') return [];
  const asked = c.url + (c.method === 'GET' ? '' : c.body);
  return [
    ...(asked.includes('{phone}') && asked.includes('{text}') ? [] : [{ key: 'body', allowed: 'url or body must name {phone} and {text}' }]),
    ...(c.reserveForUrgent < c.quotaPerDay ? [] : [{ key: 'reserveForUrgent', allowed: 'less than quotaPerDay' }]),
    ...(JSON.stringify([c.url, c.headers, c.body]).includes('{secret}') && c.secretFile === undefined ? [{ key: 'secretFile', allowed: 'a file: {secret} is used' }] : []),
  ];
}

type Limit = z.infer<typeof limit>;
export type ChannelKind = AnyChannel['kind'];
export type ChannelSettings = AnyChannel & { secret: string | null; title: string; storm: Limit | null };
export interface ChannelsSettings {
  publicUrl: string | null;
  linkHours: number;
  fallbackAfterTries: number;
  digestMinutes: number;
  /** Only those that are enabled. */
  channels: ChannelSettings[];
  routes: AlertRoute[];
}

export const CHANNEL_KIND_NAMES: Record<ChannelKind, string> = {
  wecom: '企业微信',
  dingtalk: '钉钉',
  feishu: '飞书',
  email: '邮件',
  sms: '短信',
  webhook: 'Webhook',
};

/** config/channels.yaml, with the secrets of the enabled channels read from their files. */
export function loadChannels(configDir: string, faults: ConfigFault[]): ChannelsSettings | null {
  const file = join(configDir, 'channels.yaml');
  const written = readConfigFile(file, channelsSchema, faults);
  if (written === null) return null;
  const { linkHours, fallbackAfterTries, digestMinutes, routes } = written;
  return {
    ...{ linkHours, fallbackAfterTries, digestMinutes, routes },
    publicUrl: written.publicUrl?.replace(/\/+$/, '') ?? null,
    channels: written.channels
      .filter((c) => c.enabled)
      .map((c) => ({
        ...c,
        title: c.title ?? CHANNEL_KIND_NAMES[c.kind],
        storm: c.storm === undefined ? stormOf(c.kind, written.storm) : c.storm,
        secret: readSecret(configDir, file, c, faults),
      })),
  };
}

/** A program wants each alert by itself, however many. */
const stormOf = (kind: ChannelKind, common: Limit): Limit | null => (kind === 'webhook' ? null : common);

function readSecret(configDir: string, file: string, channel: AnyChannel, faults: ConfigFault[]): string | null {
  const path = 'secretFile' in channel ? channel.secretFile : undefined;
  return path === undefined ? null : readSecretFile(configDir, path, { file, key: `${channel.name}.secretFile` }, faults);
}
