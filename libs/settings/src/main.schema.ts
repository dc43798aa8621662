import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { secretFile } from './secret-file';

const host = z.string().min(1, 'an address or host name');

const placeName = z.string().min(2, 'at least 2 characters').max(40, 'at most 40 characters');

const deployment = z.strictObject({
  name: z.string().min(1, 'a name').max(60, 'at most 60 characters'),
  regionCode: z.string().regex(/^\d{6}$/, 'six digits in quotes (GB/T 2260)'),
  /** What the table of divisions does not know of the own region. */
  region: z
    .strictObject({
      name: placeName.optional(),
      above: z
        .array(
          z.strictObject({ code: z.string().regex(/^\d{6}$/, 'six digits in quotes (GB/T 2260)'), name: placeName }),
        )
        .max(2, 'at most a province and a prefecture')
        .default([]),
      names: z.array(placeName).max(5000, 'at most 5000').default([]),
    })
    .default({ above: [], names: [] }),
});

const server = z.strictObject({
  host: host.default('127.0.0.1'),
  port: z.int('a whole number 0–65535').min(0, '0–65535').max(65535, '0–65535').default(8600),
  trustedProxies: z.array(host).default([]),
  /** Lets a program elsewhere read /metrics and the figures of /health; null: only programs on this machine. */
  metricsToken: z
    .string('a text of at least 24 characters')
    .regex(/^[\x21-\x7e]{24,200}$/, '24–200 visible ASCII characters without spaces')
    .nullable()
    .default(null),
});

const database = z.strictObject({
  dataDir: z.string().min(1, 'a folder').default('data'),
  poolSize: z.int('a whole number 2–50').min(2, '2–50').max(50, '2–50').default(6),
});

const demo = z.strictObject({
  enabled: z.boolean('true or false'),
  /** Demonstration minutes per real minute. */
  speed: z.number('0.1–1440').min(0.1, '0.1–1440').max(1440, '0.1–1440').default(30),
});

const rules = z.strictObject({
  packs: z.array(z.string()).min(1, 'at least one rule pack'),
  /** A case is raised to major by heat alone (codebook 5). */
  heat: z
    .strictObject({
      sources: z.int('2–1000').min(2, '2–1000').max(1000, '2–1000').default(8),
      hours: z.int('1–168').min(1, '1–168').max(168, '1–168').default(6),
    })
    .default({ sources: 8, hours: 6 }),
  /** Department (an id of departments.yaml) in charge of 政务公开: owes what no single unit does; absent: nobody's, told to the duty officer. */
  office: z.string().max(60, 'at most 60 characters').optional(),
});

const intake = z.strictObject({
  userAgentContact: z.string().min(1, 'a mail address or URL'),
  allowPrivateHosts: z.array(host).default([]),
  rsshubBase: z.url({ protocol: /^https?$/, error: 'an http(s) URL' }).default('https://rsshub.app'),
  concurrency: z.int('1–64').min(1, '1–64').max(64, '1–64').default(8),
  /** `own`: what happens elsewhere is recorded and opens no case. */
  focus: z.enum(['all', 'own'], 'all or own').default('all'),
  /** Pages of cases, kept as they were fetched. */
  snapshots: z
    .strictObject({
      enabled: z.boolean('true or false').default(true),
      keepDays: z.int('1–36500 days').min(1, '1–36500 days').max(36_500, '1–36500 days').default(730),
    })
    .default({ enabled: true, keepDays: 730 }),
});

const alerts = z.strictObject({
  receiptMinutes: z.int('1–1440 minutes').min(1, '1–1440 minutes').max(1440, '1–1440 minutes').default(15),
  /** 生命信号: a sign to an address outside at every interval while the alarm system is well; null: none. */
  lifeSign: z
    .strictObject({
      url: z.url({ protocol: /^https?$/, error: 'an http(s) URL' }),
      everySeconds: z.int('10–3600 seconds').min(10, '10–3600 seconds').max(3600, '10–3600 seconds').default(60),
    })
    .nullable()
    .default(null),
});

/** Plain HTTP would let anybody on the way vouch for anybody; only a provider on this very machine may be reached so. */
const overTls = (allowed: string) =>
  z
    .url({ protocol: /^https?$/, error: allowed })
    .refine((u) => !URL.canParse(u) || /^https:|^http:\/\/(127\.0\.0\.1|localhost)(:|\/|$)/.test(u), allowed);

const oidc = z.strictObject({
  issuer: overTls('the https address of the provider, as its discovery document says it'),
  clientId: z.string().min(1, 'the client id that the provider gave').max(200, 'at most 200 characters'),
  secretFile,
  redirectUri: overTls('https://…/api/v1/oidc/callback as the browser reaches this system').refine(
    (u) => u.endsWith('/api/v1/oidc/callback'),
    'ends with /api/v1/oidc/callback',
  ),
  /** On the button of the sign-in page. */
  name: z.string().min(1, 'a name').max(20, 'at most 20 characters').default('统一身份认证'),
  scope: z
    .string()
    .regex(/^openid( [!-~]+)*$/, 'openid, and others after spaces')
    .default('openid profile'),
  /** Holds the user name of an account that is here already. */
  claim: z.string().min(1, 'a claim').max(60, 'at most 60 characters').default('preferred_username'),
});

const signIn = z.strictObject({
  /** A session unused for so long ends. */
  idleHours: z.number('0.25–168 hours').min(0.25, '0.25–168 hours').max(168, '0.25–168 hours').default(12),
  /** A session ends after so long, used or not. */
  absoluteDays: z.number('0.5–30 days').min(0.5, '0.5–30 days').max(30, '0.5–30 days').default(7),
  /** An open dashboard counts as use, up to absoluteDays. */
  socketKeepsSession: z.boolean('true or false').default(true),
  /** Sign-in at the place's own provider, beside the password. */
  oidc: oidc.nullable().default(null),
});

const log = z.strictObject({
  /** null: text at a terminal and under npm start, json under units and in containers. */
  format: z.enum(['text', 'json'], 'text or json').nullable().default(null),
});

/** config/huiying.yaml. Every key is explained there. */
export const mainSchema = z.strictObject({
  deployment,
  server,
  database,
  demo,
  rules,
  intake,
  alerts,
  log: log.default({ format: null }),
  signIn: signIn.default({ idleHours: 12, absoluteDays: 7, socketKeepsSession: true, oidc: null }),
});

export type MainSettings = z.infer<typeof mainSchema>;

/** The only environment variables that are read; PG* variables are never picked up. */
export const envSchema = z.object({
  HUIYING_PORT: z
    .string()
    .regex(/^\d{1,5}$/, '0–65535')
    .transform(Number)
    .refine((n) => n <= 65535, '0–65535')
    .optional(),
  HUIYING_HOST: host.optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/.+/, 'postgres://user:password@host:port/database')
    .optional(),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\/.+/, 'redis://host:port')
    .optional(),
  HUIYING_CONFIG: z.string().optional(),
  HUIYING_DATA: z
    .string()
    .refine((p) => isAbsolute(p) || !p.includes('\0'), 'a folder')
    .optional(),
});

export type EnvSettings = z.infer<typeof envSchema>;
