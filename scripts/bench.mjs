#!/usr/bin/env node
// npm run bench -- NAME: builds what is stale, compiles scripts/bench and runs the bench of that name.
import { rmSync } from 'node:fs';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';
import { build } from './build.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'scripts', 'bench');

const files = (await readdir(source)).filter((file) => file.endsWith('.ts'));
const benches = files.filter((file) => file.endsWith('.bench.ts')).map((file) => file.slice(0, -'.bench.ts'.length));
const [name, ...args] = process.argv.slice(2);
if (!benches.includes(name ?? '')) {
  process.stderr.write(`bench: which one? ${benches.join(', ')}\n`);
  process.exit(2);
}
await build({ only: 'server', log: (line) => process.stderr.write(`${line}\n`) });
// A copy of build and config: somebody who builds or edits meanwhile must not change what is measured.
const target = join(root, 'dist', `bench-${process.pid}`);
await mkdir(join(target, 'scripts', 'bench'), { recursive: true });
for (const part of ['libs', 'apps']) await cp(join(root, 'dist', part), join(target, part), { recursive: true });
await cp(join(root, 'config'), join(target, 'config'), { recursive: true });
for (const file of files) {
  const { code } = await transformFile(join(source, file), {
    cwd: root,
    filename: join(source, file),
    jsc: { baseUrl: root },
  });
  await writeFile(join(target, 'scripts', 'bench', file.replace(/\.ts$/, '.js')), code);
}
const script = join(target, 'scripts', 'bench', `${name}.bench.js`);
const env = { ...process.env, HUIYING_CONFIG: join(target, 'config') };
const child = spawn(process.execPath, [script, ...args], { cwd: root, env, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('close', (code) => {
  rmSync(target, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
