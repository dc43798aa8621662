#!/usr/bin/env node
// npm run evaluate -- DATA_FOLDER MESSAGES_FILE: builds when stale, then runs the evaluate command of libs/intake.
import { createRequire } from 'node:module';
import { build } from './build.mjs';

try {
  await build({ only: 'server' });
  const commands = createRequire(import.meta.url)('../dist/libs/intake/src/training/commands.js');
  await commands.evaluateCommand(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`evaluate: ${error.message}\n`);
  process.exitCode = 2;
}
