import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { readConfigFile, type ConfigFault } from './config-file';

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,31}$/, '2–32 small letters, digits or hyphens')
  .refine((n) => n !== 'socket', 'any name but socket');
const url = z.url({ protocol: /^https?$/, error: 'an http(s) URL' });

const shared = {
  name,
  enabled: z.boolean('true or false').default(false),
  /** Alerts from this severity on. */
  minSeverity: z.enum(['info', 'warning', 'critical'], 'info, warning or critical').default('warning'),
  timeoutSeconds: z.number('1–60').min(1, '1–60').max(60, '1–60').default(10),
};
/** The secret itself is kept in a file beside the config, so that the config can be shown and copied. */
const secretFile = z.string().min(1, 'a file, relative to the config folder');

const webhook = z.strictObject({ ...shared, kind: z.literal('webhook'), url, secretFile });
const wecom = z.strictObject({ ...shared, kind: z.literal('wecom'), url });
const dingtalk = z.strictObject({ ...shared, kind: z.literal('dingtalk'), url, secretFile: secretFile.optional() });
const feishu = z.strictObject({ ...shared, kind: z.literal('feishu'), url, secretFile: secretFile.optional() });
const email = z.strictObject({
  ...shared,
  kind: z.literal('email'),
  host: z.string().min(1, 'a host name'),
  port: z.int('1–65535').min(1, '1–65535').max(65535, '1–65535').default(465),
  /** true: TLS from the first byte (465); false: STARTTLS where the server offers it. */
  secure: z.boolean('true or false').default(true),
  username: z.string().optional(),
  secretFile: secretFile.optional(),
  from: z.string().min(3, 'a sender address'),
});

export const channelsSchema = z.strictObject({
  /** Address of this system as its people reach it: the one link of each message. */
  publicUrl: url.optional(),
  channels: z
    .array(
      z.discriminatedUnion(
        'kind',
        [webhook, wecom, dingtalk, feishu, email],
        'kind: webhook, wecom, dingtalk, feishu or email',
      ),
    )
    .max(20, 'at most 20')
    .refine((all) => new Set(all.map((c) => c.name)).size === all.length, 'each name once')
    .default([]),
});

type Written = z.infer<typeof channelsSchema>;
export type ChannelSettings = Written['channels'][number] & { secret: string | null };
export interface ChannelsSettings {
  publicUrl: string | null;
  /** Only those that are enabled. */
  channels: ChannelSettings[];
}

/** config/channels.yaml, with the secrets of the enabled channels read from their files. */
export function loadChannels(configDir: string, faults: ConfigFault[]): ChannelsSettings | null {
  const file = join(configDir, 'channels.yaml');
  const written = readConfigFile(file, channelsSchema, faults);
  if (written === null) return null;
  const enabled = written.channels.filter((c) => c.enabled);
  return {
    publicUrl: written.publicUrl?.replace(/\/+$/, '') ?? null,
    channels: enabled.map((c) => ({ ...c, secret: readSecret(configDir, file, c, faults) })),
  };
}

function readSecret(
  configDir: string,
  file: string,
  channel: Written['channels'][number],
  faults: ConfigFault[],
): string | null {
  const path = 'secretFile' in channel ? channel.secretFile : undefined;
  if (path === undefined) return null;
  try {
    const secret = readFileSync(resolve(configDir, path), 'utf8').trim();
    if (secret !== '') return secret;
    faults.push({
      file,
      line: null,
      key: `${channel.name}.secretFile`,
      value: path,
      allowed: 'a file that is not empty',
    });
  } catch (error) {
    faults.push({
      file,
      line: null,
      key: `${channel.name}.secretFile`,
      value: path,
      allowed: `a readable file (${(error as Error).message})`,
    });
  }
  return null;
}
