import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { decodeBytes, IntakeModule, ItemStore, parseFeed } from '@app/intake';
import { loadSettings, SettingsModule } from '@app/settings';
import { StorageModule } from '@app/storage';

/** One crawler's way from bytes to committed rows, without the fetching: takes file names over IPC, answers with the rows stored. */
@Module({ imports: [SettingsModule, StorageModule, IntakeModule] })
class WorkerModule {}

async function main(): Promise<void> {
  loadSettings();
  const app = await NestFactory.createApplicationContext(WorkerModule, { logger: ['error'], abortOnError: false });
  const store = app.get(ItemStore);
  store.warm();
  process.on('message', (message: { stop: true } | { cpu: true } | { file: string; source: string }) => {
    if ('stop' in message) void app.close().then(() => process.exit(0));
    else if ('cpu' in message) process.send?.({ cpu: process.cpuUsage() });
    else void take(store, message).then((stored) => process.send?.({ stored }));
  });
  process.send?.({ ready: true });
}

async function take(store: ItemStore, { file, source }: { file: string; source: string }): Promise<number> {
  const fetchedAt = new Date('2026-01-06T00:00:00Z');
  const { text } = decodeBytes(readFileSync(file), { contentType: 'application/rss+xml' });
  const items = await parseFeed(text, { url: `https://feeds.invalid/${source}`, fetchedAt });
  const { stored, failed } = await store.store({ name: source, kind: 'feed', official: false }, items, fetchedAt);
  if (failed[0]) throw new Error(failed[0].fault);
  return stored;
}

void main();
