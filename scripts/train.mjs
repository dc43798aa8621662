#!/usr/bin/env node
// npm run train -- DATA_FOLDER MESSAGES_FILE: builds when stale, then runs the train command of libs/intake.
import { createRequire } from 'node:module';
import { build } from './build.mjs';

try {
  await build({ only: 'server' });
  const commands = createRequire(import.meta.url)('../dist/libs/intake/src/training/commands.js');
  await commands.trainCommand(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`train: ${error.message}\n`);
  process.exitCode = 2;
}
