import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadAssessment } from './assessment.schema';
import { loadChannels } from './channel.schema';
import { loadClassifierTables } from './classifier.schema';
import { loadCalendar } from './calendar.schema';
import { ConfigFaults, readConfigFile, type ConfigFault } from './config-file';
import { envSchema, mainSchema, type EnvSettings, type MainSettings } from './main.schema';
import { loadDepartments } from './department.schema';
import { loadImportMappings } from './import-mapping.schema';
import { loadLadders } from './ladder.schema';
import { loadMessages } from './message.schema';
import { projectRoot } from './project-root';
import { loadReportTemplate } from './report-up.schema';
import { loadAccountability, loadReports } from './report.schema';
import { loadSources } from './source.schema';
import { loadRouting } from './routing.schema';
import { readSecretFile } from './secret-file';
import { checkReferences } from './rule-reference';
import { loadRulePacks } from './rule-pack.schema';
import { loadWebhooks } from './webhook.schema';

/**
 * Reads one part of config/ (a file or a folder of files) below `configDir`. Pushes every fault it
 * finds and returns null when it could not make a value. Never throws for a fault of the files.
 */
export type SectionLoader<T> = (configDir: string, faults: ConfigFault[]) => T | null;

/**
 * HOW TO ADD A SECTION: write `<noun>.schema.ts` with a zod schema and a
 * `load<Noun>: SectionLoader<…>`, and add one line here. It appears as `settings.<key>`.
 */
const sections = {
  accountability: loadAccountability,
  assessment: loadAssessment,
  channels: loadChannels,
  sources: loadSources,
  calendar: loadCalendar,
  departments: loadDepartments,
  ladders: loadLadders,
  messages: loadMessages,
  reportUp: loadReportTemplate,
  reports: loadReports,
  rulePacks: loadRulePacks,
  webhooks: loadWebhooks,
} satisfies Record<string, SectionLoader<unknown>>;

/**
 * Big sections that only one process needs (e.g. classifier tables). They are not part of Settings:
 * that process calls the loader itself with `settings.configDir`. Listed so that check-config and
 * the start see their faults.
 */
const lazySections = {
  classifier: loadClassifierTables,
  routing: loadRouting,
  importMappings: loadImportMappings,
} satisfies Record<string, SectionLoader<unknown>>;

type Sections = { [K in keyof typeof sections]: SectionValue<(typeof sections)[K]> };
type SectionValue<L> = L extends SectionLoader<infer T> ? T : never;

/** All settings of a process: read once at start, deeply frozen. */
export interface Settings extends Sections, Omit<MainSettings, 'database' | 'signIn'> {
  readonly signIn: Omit<MainSettings['signIn'], 'oidc'> & { readonly oidc: (NonNullable<MainSettings['signIn']['oidc']> & { secret: string }) | null };
  readonly projectRoot: string;
  readonly configDir: string;
  /** Absolute. */
  readonly dataDir: string;
  readonly database: {
    /** null: the embedded PostgreSQL below dataDir. Never taken from PG* variables. */
    readonly url: string | null;
    readonly poolSize: number;
  };
  readonly redisUrl: string | null;
}

export interface SettingsFrom {
  /** Default: HUIYING_CONFIG, else config/ of the project. */
  configDir?: string;
  /** Default: process.env. */
  env?: Record<string, string | undefined>;
}

/**
 * Reads environment and config/ once and checks everything.
 * @throws ConfigFaults with every fault of every file at once
 */
export function loadSettings(from: SettingsFrom = {}): Settings {
  const faults: ConfigFault[] = [];
  const settings = readSettings(from, faults);
  if (settings === null || faults.length > 0) throw new ConfigFaults(faults);
  return deepFreeze(settings);
}

/** Every fault of environment and config/, the lazily loaded sections too. Empty: a start will work. */
export function checkSettings(from: SettingsFrom = {}): ConfigFault[] {
  const faults: ConfigFault[] = [];
  readSettings(from, faults);
  const dir = configDirOf(from, parseEnv(from, []));
  if (!isFolder(dir)) return faults;
  for (const load of Object.values<SectionLoader<unknown>>(lazySections)) addNew(faults, (found) => load(dir, found));
  return faults;
}

function readSettings(from: SettingsFrom, faults: ConfigFault[]): Settings | null {
  const root = projectRoot();
  const env = parseEnv(from, faults);
  const configDir = configDirOf(from, env);
  if (!isFolder(configDir)) {
    const allowed = 'a folder that holds huiying.yaml and the other settings (HUIYING_CONFIG)';
    faults.push({ file: configDir, line: null, key: '', value: undefined, allowed });
    return null;
  }
  const main = readConfigFile(join(configDir, 'huiying.yaml'), mainSchema, faults);
  const values: Record<string, unknown> = {};
  for (const [key, load] of Object.entries<SectionLoader<unknown>>(sections)) values[key] = load(configDir, faults);
  // Between files (a duty names a ladder that exists …): also beside faults of schemas, so that all come at once.
  addNew(faults, (found) => checkReferences(configDir, found));
  if (main === null) return null;
  const { oidc } = main.signIn;
  const mainFile = { file: join(configDir, 'huiying.yaml'), key: 'signIn.oidc.secretFile' };
  const provider = oidc && { ...oidc, secret: readSecretFile(configDir, oidc.secretFile, mainFile, faults) ?? '' };
  return {
    ...main,
    ...(values as Sections),
    signIn: { ...main.signIn, oidc: provider },
    projectRoot: root,
    configDir,
    dataDir: env.HUIYING_DATA === undefined ? resolve(root, main.database.dataDir) : resolve(env.HUIYING_DATA),
    server: {
      ...main.server,
      host: env.HUIYING_HOST ?? main.server.host,
      port: env.HUIYING_PORT ?? main.server.port,
    },
    database: { url: env.DATABASE_URL ?? null, poolSize: main.database.poolSize },
    redisUrl: env.REDIS_URL ?? null,
  };
}

/** Two sections may read one file (departments.yaml): what the first said of a place is not said again. */
function addNew(faults: ConfigFault[], check: (found: ConfigFault[]) => unknown): void {
  const placeOf = (f: ConfigFault) => `${f.file} ${f.key}`;
  const known = new Set(faults.map(placeOf));
  const found: ConfigFault[] = [];
  check(found);
  faults.push(...found.filter((f) => !known.has(placeOf(f))));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function configDirOf(from: SettingsFrom, env: EnvSettings): string {
  return resolve(from.configDir ?? env.HUIYING_CONFIG ?? join(projectRoot(), 'config'));
}

function parseEnv(from: SettingsFrom, faults: ConfigFault[]): EnvSettings {
  const env = from.env ?? process.env;
  const given: Record<string, string> = {};
  // An empty variable is an unset one: `DATABASE_URL= npm start` must not fail.
  for (const key of Object.keys(envSchema.shape)) {
    const value = env[key];
    if (value !== undefined && value !== '') given[key] = value;
  }
  const result = envSchema.safeParse(given);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const key = issue.path.join('.');
    // A URL may hold a password: it is not repeated.
    const value = key.endsWith('_URL') ? '…' : given[key];
    faults.push({ file: '(environment)', line: null, key, value, allowed: issue.message });
  }
  // The folder named stays the folder named, so that its own faults are found in the same run.
  return { HUIYING_CONFIG: given.HUIYING_CONFIG };
}

function deepFreeze<T>(value: T): T {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}
