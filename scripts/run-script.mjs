#!/usr/bin/env node
// npm run measure:feeds -- DIR and its like: builds when stale, then runs one of the TypeScript files beside this one.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

const scripts = dirname(fileURLToPath(import.meta.url));
const root = join(scripts, '..');
const [name = '', ...rest] = process.argv.slice(2);

try {
  const file = join(scripts, `${name}.ts`);
  if (!/^[a-z-]+$/.test(name) || !existsSync(file)) throw new Error(`no script ${JSON.stringify(name)} in scripts/`);
  await build({ only: 'server' });
  const { transformFile } = await import('@swc/core');
  const { code } = await transformFile(file, { cwd: root, filename: file, jsc: { baseUrl: root }, sourceMaps: false });
  const target = join(root, 'dist', 'scripts', `${name}.js`);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, code);
  process.argv = [process.argv[0], target, ...rest];
  createRequire(import.meta.url)(target);
} catch (error) {
  process.stderr.write(`${name || 'run-script'}: ${error.message}\n`);
  process.exitCode = 2;
}
