#!/usr/bin/env node
// The administrator's commands from a clone: builds first when stale, and says nothing on standard output.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installDependencies, nodeFault } from './dependencies.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const log = (line) => process.stderr.write(`${line}\n`);

try {
  const fault = nodeFault();
  if (fault) throw new Error(fault);
  if (!existsSync(join(root, 'node_modules'))) await installDependencies({ log, output: process.stderr });
  await (await import('./build.mjs')).build({ only: 'server' });
  const main = join(root, 'dist', 'apps', 'cli', 'src', 'main.js');
  const child = spawn(process.execPath, ['--enable-source-maps', main, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('close', (code, signal) => (process.exitCode = signal ? 1 : (code ?? 1)));
} catch (error) {
  log(`huiying: ${error.message}`);
  process.exitCode = 2;
}
