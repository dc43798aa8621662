#!/usr/bin/env node
// Brings the database (DATABASE_URL, else the embedded one) up to this code.
import { createRequire } from 'node:module';
import { build } from './build.mjs';

// --as-built: run what is in dist/, as in a container whose files are read-only.
if (!process.argv.includes('--as-built')) await build({ only: 'server', log: (line) => process.stderr.write(`${line}\n`) });
const require = createRequire(import.meta.url);
const { loadSettings } = require('../dist/libs/settings/src/index.js');
const { findRunning, migrate, startEmbedded } = require('../dist/libs/storage/src/index.js');

try {
  const settings = loadSettings();
  const known = settings.database.url ?? findRunning(settings.dataDir);
  const server = known === null ? await startEmbedded({ dataDir: settings.dataDir }) : null;
  try {
    const applied = await migrate(known ?? server.url);
    process.stdout.write(
      applied.length === 0 ? 'the database is up to date\n' : applied.map((name) => `applied ${name}\n`).join(''),
    );
  } finally {
    await server?.stop();
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
