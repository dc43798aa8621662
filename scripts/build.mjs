#!/usr/bin/env node
// Builds what is stale: libs and apps by swc, what the routes answer by the compiler, the dashboard by Vite, side by side.
// `--quiet` says nothing unless something fails; `--force` builds all; `--only server|answers|dashboard` builds one part.
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { closeSync, existsSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { checkFirstLoad } from './dashboard-size.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const STALE_LOCK_MS = 10 * 60_000;

/**
 * `only: 'server'` leaves the dashboard as it is (the administrator's commands need none).
 * @param {{ force?: boolean, only?: string, log?: (line: string) => void }} options
 */
export async function build({ force = false, only, log = () => {} } = {}) {
  await mkdir(dist, { recursive: true });
  const release = await takeLock(log);
  try {
    const parts = [
      ['server', serverFiles, buildServer, 'apps'],
      ['answers', answerFiles, buildAnswers, 'answers.json'],
      ['dashboard', dashboardFiles, buildDashboard, 'dashboard'],
    ];
    const wanted = parts.filter(([name]) => only === undefined || name === only);
    await Promise.all(wanted.map(([name, list, make, made]) => buildPart(name, list, make, made, force, log)));
  } finally {
    release();
  }
}

async function buildPart(name, list, make, made, force, log) {
  const files = await list();
  if (files.length === 0) return;
  const stamp = await stampOf(files);
  const stampFile = join(dist, `.${name}.stamp`);
  const former = existsSync(stampFile) ? await readFile(stampFile, 'utf8') : '';
  if (!force && former === stamp && existsSync(join(dist, made))) return;
  const started = performance.now();
  log(`building ${name} …`);
  await rm(stampFile, { force: true });
  await make(files);
  await writeFile(stampFile, stamp);
  log(`${name} built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

/** Content decides, not time: a checkout or a copy changes every mtime. */
async function stampOf(files) {
  const hash = createHash('sha256').update(`node ${process.versions.node.split('.')[0]}\n`);
  const contents = await Promise.all(files.map((file) => readFile(file)));
  files.forEach((file, i) => hash.update(relative(root, file)).update('\0').update(contents[i]).update('\0'));
  return hash.digest('hex');
}

async function filesBelow(folder, wanted) {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath ?? e.path, e.name))
    .filter((file) => !file.includes('node_modules') && wanted(file))
    .sort();
}

async function serverFiles() {
  const code = (file) => !/\.spec\.ts$/.test(file) && !file.startsWith(join(root, 'apps', 'dashboard'));
  const [libs, apps] = await Promise.all([filesBelow(join(root, 'libs'), code), filesBelow(join(root, 'apps'), code)]);
  return [...libs, ...apps, join(root, '.swcrc'), join(root, 'package-lock.json'), fileURLToPath(import.meta.url)];
}

/** What the return types of the gateway's routes can depend on. */
async function answerFiles() {
  const server = await serverFiles();
  return [
    ...server.filter((file) => /\.ts$/.test(file)),
    join(root, 'tsconfig.json'),
    join(root, 'package-lock.json'),
    join(root, 'scripts', 'answers.mjs'),
  ];
}

async function dashboardFiles() {
  const code = (file) => !/\.spec\.ts$/.test(file);
  const own = await filesBelow(join(root, 'apps', 'dashboard'), code);
  if (!own.some((file) => file.endsWith('index.html'))) return [];
  return [
    ...own,
    ...(await filesBelow(join(root, 'libs', 'domain'), code)),
    join(root, 'package-lock.json'),
    join(root, 'scripts', 'dashboard-size.mjs'),
    fileURLToPath(import.meta.url),
  ];
}

/** Into a folder aside, then renamed: a running system never sees half a build. */
async function buildServer(files) {
  const { transformFile } = await import('@swc/core');
  const aside = join(dist, `.server-${process.pid}`);
  await rm(aside, { recursive: true, force: true });
  const sources = files.filter((file) => /^(libs|apps)[\\/]/.test(relative(root, file)));
  await Promise.all(sources.map((file) => buildFile(transformFile, file, join(aside, relative(root, file)))));
  for (const part of ['libs', 'apps']) {
    await rm(join(dist, part), { recursive: true, force: true });
    await rename(join(aside, part), join(dist, part));
  }
  await rm(aside, { recursive: true, force: true });
}

async function buildFile(transformFile, file, target) {
  await mkdir(dirname(target), { recursive: true });
  if (!/(?<!\.d)\.ts$/.test(file)) return copyFile(file, target);
  const { code, map } = await transformFile(file, {
    cwd: root,
    filename: file,
    jsc: { baseUrl: root },
    sourceMaps: true,
  });
  const out = target.replace(/\.ts$/, '.js');
  await writeFile(out, `${code}\n//# sourceMappingURL=${out.split(/[\\/]/).pop()}.map\n`);
  await writeFile(`${out}.map`, map ?? '');
}

/** A process of its own: the compiler thinks for seconds, and the dashboard is built meanwhile. */
function buildAnswers() {
  return runOrFail(
    'what the routes answer could not be read',
    join(root, 'scripts', 'answers.mjs'),
    join(dist, 'answers.json'),
  );
}

async function buildDashboard() {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const flags = ['--outDir', join(dist, 'dashboard'), '--emptyOutDir', '--logLevel', 'warn'];
  await runOrFail('the dashboard could not be built', vite, 'build', join(root, 'apps', 'dashboard'), ...flags);
  checkFirstLoad(join(dist, 'dashboard'));
  await compressFiles(join(dist, 'dashboard', 'assets'));
}

async function runOrFail(otherwise, ...args) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  child.stderr.on('data', (chunk) => (said += chunk));
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`${otherwise}:\n${said}`);
}

/** Beside each file its gzipped form, so that the gateway need not compress it again for each browser. */
async function compressFiles(folder) {
  const files = await filesBelow(folder, (file) => /\.(js|css|svg)$/.test(file));
  await Promise.all(files.map(async (file) => writeFile(`${file}.gz`, gzipSync(await readFile(file), { level: 9 }))));
}

/** Two builds at once (a start beside a test run) wait for each other. */
async function takeLock(log) {
  const file = join(dist, '.building');
  for (let told = false; ; told = true) {
    try {
      const fd = openSync(file, 'wx');
      writeSync(fd, String(process.pid));
      closeSync(fd);
      return () => unlinkSync(file);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isStale(file)) unlinkSync(file);
      else if (!told) log('waiting for another build to end …');
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

function isStale(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    if (Date.now() - statSync(file).mtimeMs > STALE_LOCK_MS) return true;
    if (pid > 0) process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const quiet = process.argv.includes('--quiet');
  const at = process.argv.indexOf('--only');
  try {
    await build({
      force: process.argv.includes('--force'),
      ...(at < 0 ? {} : { only: process.argv[at + 1] }),
      log: quiet ? undefined : (line) => process.stderr.write(`${line}\n`),
    });
  } catch (error) {
    process.stderr.write(`build failed: ${error.message}\n`);
    process.exitCode = 1;
  }
}
