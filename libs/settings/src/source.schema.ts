import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CronTime } from 'cron';
import { z } from 'zod';
import { readConfigFile, type ConfigFault } from './config-file';
import { loadDemoScript } from './demo-script.schema';

/** Stands for `intake.rsshubBase` of the main file. */
export const RSSHUB_PLACE = '{rsshub}';

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,47}$/, '2–48 small letters, digits or hyphens, beginning with a letter');
const url = z
  .string('an address')
  .refine(
    (s) => /^https?:\/\/[^\s]+$/.test(s) || s.startsWith(`${RSSHUB_PLACE}/`),
    `http://…, https://… or ${RSSHUB_PLACE}/…`,
  );
const selector = z.string().min(1, 'a CSS selector').max(300, 'at most 300 characters');
const path = z.string().min(1, 'a path such as data.list or result[*].title').max(200, 'at most 200 characters');
const EVERY = '20 seconds to 7 days (20–604800)';
const seconds = z.int(EVERY).min(20, EVERY).max(604_800, EVERY);

function isCron(expression: string): boolean {
  try {
    return Boolean(new CronTime(expression, 'Asia/Shanghai'));
  } catch {
    return false;
  }
}

function isPattern(expression: string): boolean {
  try {
    return Boolean(new RegExp(expression, 'u'));
  } catch {
    return false;
  }
}

const schedule = z.union(
  [
    z
      .strictObject({
        everySeconds: seconds,
        /** Bounds within which the interval follows how busy the source is; absent: it does not. */
        minSeconds: seconds.optional(),
        maxSeconds: seconds.optional(),
      })
      .refine((s) => (s.minSeconds ?? 0) <= s.everySeconds && s.everySeconds <= (s.maxSeconds ?? Infinity), {
        path: ['everySeconds'],
        error: 'between minSeconds and maxSeconds',
      }),
    z.strictObject({ cron: z.string().refine(isCron, 'five or six cron fields, Beijing time') }),
  ],
  'everySeconds: a number (and minSeconds, maxSeconds beside it), or cron: an expression',
);

const politeness = z.strictObject({
  /** Least pause between two requests to the host; a Crawl-delay of robots.txt can only lengthen it. */
  pauseSeconds: z.number('0–600 seconds').min(0, '0–600 seconds').max(600, '0–600 seconds').default(2),
  /** Detail pages read in one run; the rest follows in the next. */
  maxDetails: z.int('0–100').min(0, '0–100').max(100, '0–100').default(10),
});

const common = {
  name,
  title: z.string().min(1, 'a title').max(80, 'at most 80 characters'),
  enabled: z.boolean('true or false'),
  /** The government's own voice: its items answer cases and never open one. */
  official: z.boolean('true or false').default(false),
  /** Its weekly update is promised (a site, column or account of the government's own): silence is a breach. */
  watch: z.boolean('true or false').optional(),
  /** What an official source publishes: documents that start promised terms, or their interpretations. */
  publishes: z.enum(['policy', 'superior', 'programme', 'interpretation'], 'policy, superior, programme or interpretation').optional(),
  /** Who hands its entries on: a superior authority (上级转办) or a platform of questions to the government (问政平台). */
  handedOnBy: z.enum(['superior', 'platform'], 'superior or platform').optional(),
  region: z.string().max(60, 'at most 60 characters').optional(),
  /** Department whose matter this source usually is (an id of the departments). */
  department: z.string().max(60, 'at most 60 characters').optional(),
  charset: z.string().max(40, 'a charset name').optional(),
};
/** `high`: read every minute, before all others, and soon again after a passing fault. */
const priority = z.enum(['high', 'normal'], 'high or normal').optional();
const fetched = { ...common, url, schedule, priority, politeness: politeness.default({ pauseSeconds: 2, maxDetails: 10 }) };

const detail = z.strictObject({
  title: selector.optional(),
  text: selector.optional(),
  publishedAt: selector.optional(),
  remove: z.array(selector).max(20, 'at most 20').optional(),
});

const feed = z.strictObject({ ...fetched, kind: z.literal('feed') });
const json = z.strictObject({
  ...fetched,
  kind: z.literal('json'),
  paths: z.strictObject({
    items: path,
    title: path,
    text: path.optional(),
    url: path.optional(),
    urlTemplate: path.optional(),
    publishedAt: path.optional(),
    guid: path.optional(),
  }),
});
const htmlList = z.strictObject({
  ...fetched,
  kind: z.literal('html-list'),
  list: z
    .strictObject({
      item: selector.optional(),
      link: selector.optional(),
      title: selector.optional(),
      publishedAt: selector.optional(),
      text: selector.optional(),
      next: selector.optional(),
      maxPages: z.int('1–20').min(1, '1–20').max(20, '1–20').optional(),
    })
    .default({}),
  // `next` is the link to the following page, read only while every entry so far is new, up to maxPages (default 3).
  /** Read the page behind each new entry: selectors, or {} to find title, text and time by itself. */
  detail: detail.optional(),
});
/** A sitemap, a news sitemap or an index of them (sitemaps.org): its newest addresses, each page read. */
const sitemap = z.strictObject({
  ...fetched,
  kind: z.literal('sitemap'),
  /** Only addresses that match. */
  include: z
    .string()
    .max(200, 'at most 200 characters')
    .refine((s) => isPattern(s), 'a regular expression')
    .optional(),
  maxEntries: z.int('1–1000').min(1, '1–1000').max(1000, '1–1000').default(100),
  detail: detail.default({}),
});
const demo = z.strictObject({
  ...common,
  kind: z.literal('demo'),
  file: z.string().regex(/^[\w./-]+\.ya?ml$/, 'a YAML file relative to config/sources'),
  channel: z.string().min(1, 'a channel of the script'),
});

export const sourceSchema = z.discriminatedUnion('kind', [feed, json, htmlList, sitemap, demo], 'kind: feed, json, html-list, sitemap or demo');
export const sourcesSchema = z.strictObject({ sources: z.array(sourceSchema).max(2000, 'at most 2000') });

export type SourceSettings = z.infer<typeof sourceSchema>;
export type FetchedSource = Exclude<SourceSettings, { kind: 'demo' }>;
export type DemoSource = Extract<SourceSettings, { kind: 'demo' }>;

/** All sources of config/sources/*.yaml, in the order of the files. A name stands once over all files. */
export function loadSources(configDir: string, faults: ConfigFault[]): SourceSettings[] | null {
  const dir = join(configDir, 'sources');
  const files = existsSync(dir)
    ? readdirSync(dir)
        .filter((f) => /\.ya?ml$/.test(f))
        .sort()
    : [];
  const all: SourceSettings[] = [];
  const where = new Map<string, string>();
  const before = faults.length;
  for (const file of files) {
    const read = readConfigFile(join(dir, file), sourcesSchema, faults);
    read?.sources.forEach((s, i) => {
      const first = where.get(s.name);
      if (first)
        faults.push({
          file: join(dir, file),
          line: null,
          key: `sources.${i}.name`,
          value: s.name,
          allowed: `a name not used in ${first}`,
        });
      if (s.kind === 'demo' && !existsSync(join(dir, s.file)))
        faults.push({
          file: join(dir, file),
          line: null,
          key: `sources.${i}.file`,
          value: s.file,
          allowed: 'an existing file below config/sources',
        });
      where.set(s.name, file);
      all.push(s);
    });
  }
  checkDemoScripts(configDir, all, faults);
  return faults.length > before ? null : all;
}

function checkDemoScripts(configDir: string, all: SourceSettings[], faults: ConfigFault[]): void {
  const demos = all.filter((s): s is DemoSource => s.kind === 'demo' && existsSync(join(configDir, 'sources', s.file)));
  for (const file of new Set(demos.map((s) => s.file))) {
    const script = loadDemoScript(configDir, file, faults);
    for (const s of demos.filter((d) => d.file === file)) {
      if (script && !Object.hasOwn(script.channels, s.channel))
        faults.push({
          file: join(configDir, 'sources', file),
          line: null,
          key: 'channels',
          value: s.channel,
          allowed: `the channel of source ${s.name}`,
        });
    }
  }
}

/** The address to fetch, with RSSHub's base put in. */
export function sourceUrl(source: FetchedSource, rsshubBase: string): string {
  return source.url.startsWith(RSSHUB_PLACE)
    ? rsshubBase.replace(/\/$/, '') + source.url.slice(RSSHUB_PLACE.length)
    : source.url;
}
