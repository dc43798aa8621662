import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type Label, type Role } from '@app/domain';
import { EngineModule, type Incoming } from '@app/response';
import { loadSettings, type Settings, SettingsModule } from '@app/settings';
import { readNow, row, rows, shiftTime, StorageModule } from '@app/storage';
import { openScratchDatabase } from './scratch-database';

@Module({ imports: [StorageModule, EngineModule] })
class EngineBenchModule {}

/** The response room with its engine over a real database, without other processes; time is the test's. */
export interface EngineBench {
  app: INestApplicationContext;
  db: DataSource;
  settings: Settings;
  /** Adds an account; returns its id. */
  account(username: string, role: Role, departmentId?: string): Promise<string>;
  /** Moves the database's clock on. */
  pass(minutes: number): Promise<Date>;
  close(): Promise<void>;
}

export const START = new Date('2026-11-02T09:00:00+08:00');

/** The packs of 舆情 alone, so that the calendar opens nothing beside what a test does. */
function withoutPromises(read: Settings): Settings {
  return { ...read, rules: { ...read.rules, packs: read.rules.packs.filter((p) => !p.startsWith('disclosure-')) } };
}

/** Starts with the given engines; time stands still at START, so that only the test moves it. */
export async function openEngine(change: (read: Settings) => Settings = withoutPromises): Promise<EngineBench> {
  const database = await openScratchDatabase();
  const settings = change(loadSettings({ env: { DATABASE_URL: database.url } }));
  const app = await startEngine(settings);
  const db = app.get(DataSource);
  await shiftTime(db, { to: START, rate: 0 });
  await rows(db, `insert into department (id, name) values ('yj', '应急管理局'), ('zj', '住建局')`);
  return {
    app,
    db,
    settings,
    account: (username, role, departmentId) => addAccount(db, username, role, departmentId ?? null),
    pass: (minutes) => shiftTime(db, { byMs: minutes * 60_000 }),
    close: async () => {
      await app.close();
      await database.drop();
    },
  };
}

export function startEngine(settings: Settings): Promise<INestApplicationContext> {
  return NestFactory.createApplicationContext(
    { module: EngineBenchModule, imports: [SettingsModule.of(settings)] },
    { logger: ['error', 'warn'], abortOnError: false },
  );
}

async function addAccount(db: DataSource, username: string, role: Role, departmentId: string | null): Promise<string> {
  const added = await row<{ id: string }>(
    db,
    `insert into account (username, display_name, role, department_id, password_hash, created_at)
     values ($1, $1, $2, $3, '', app_now()) returning id`,
    [username, role, departmentId],
  );
  if (!added) throw new Error('no account');
  return added.id;
}

export const LABEL: Label = {
  relevant: true,
  level: 'ordinary',
  emergency: false,
  category: null,
  grade: null,
  dead: null,
  injured: null,
  topic: '其他',
  rules: [],
  needsReview: false,
  score: 0.9,
  reasons: [],
};

/** Writes an item's row as intake does, and what CaseIntake is given with it. */
export async function incoming(
  manager: EntityManager,
  given: Partial<Incoming> & { title: string },
): Promise<Incoming> {
  const fetchedAt = given.fetchedAt ?? (await readNow(manager));
  const label = given.label ?? LABEL;
  const whole: Incoming = {
    itemId: '',
    text: given.title,
    label,
    url: null,
    sourceName: 'test',
    publishedAt: null,
    publishedCertain: false,
    fetchedAt,
    official: false,
    demo: false,
    region: null,
    departmentId: null,
    joinCaseId: null,
    ...given,
  };
  const item = await row<{ id: string }>(
    manager,
    `insert into item (source_name, guid, title, text, published_at, published_certain, fetched_at, content_hash, relevant,
       level, label, classifier_version, official)
     values ($1, gen_random_uuid()::text, $2, $3, $4, $5, $6, '', $7, $8, $9, 'test', $10) returning id`,
    [
      ...[whole.sourceName, whole.title, whole.text, whole.publishedAt, whole.publishedCertain, fetchedAt],
      ...[label.relevant, label.level, JSON.stringify(label), whole.official],
    ],
  );
  return { ...whole, itemId: item?.id ?? '' };
}

/** Waits (real time) until the condition gives something; fails with its name after 8 s. */
export async function until<T>(what: string, look: () => Promise<T | null | undefined | false>): Promise<T> {
  const end = performance.now() + 8_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > end) throw new Error(`did not happen within 8 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}
