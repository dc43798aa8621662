// Node version and npm packages, before anything else can run. Only Node's own modules here.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const LOWEST_NODE = [20, 19];

/** @returns a line that says what is wrong, or null */
export function nodeFault(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > LOWEST_NODE[0] || (major === LOWEST_NODE[0] && minor >= LOWEST_NODE[1])) return null;
  return `Node ${LOWEST_NODE.join('.')} or newer is needed, this is ${version}`;
}

/** Whether node_modules holds exactly what package-lock.json names. npm keeps its own copy of what it installed. */
export function dependenciesFit() {
  try {
    const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
    const there = JSON.parse(readFileSync(join(root, 'node_modules', '.package-lock.json'), 'utf8')).packages;
    return Object.entries(wanted).every(([path, { version, optional, link, peer }]) => {
      if (path === '' || link) return true;
      return there[path] === undefined ? Boolean(optional || peer) : there[path].version === version;
    });
  } catch {
    return false;
  }
}

/** Runs `npm ci` when needed, its output shown. @throws Error with one line */
export async function installDependencies({ log, output = 'inherit' }) {
  if (dependenciesFit()) return;
  const first = !existsSync(join(root, 'node_modules'));
  log(first ? 'installing packages (npm ci), a minute or two the first time …' : 'packages changed: npm ci …');
  const started = performance.now();
  // Through the npm that started us where there is one: a PATH may hold another.
  const viaNpm = process.env.npm_execpath?.endsWith('.js')
    ? [process.execPath, [process.env.npm_execpath]]
    : ['npm', []];
  const child = spawn(viaNpm[0], [...viaNpm[1], 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=http'], {
    cwd: root,
    stdio: ['ignore', output, output],
    shell: process.platform === 'win32' && viaNpm[0] === 'npm',
  });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0)
    throw new Error(`npm ci failed (exit ${code}): see above; is the npm registry reachable and the disk not full?`);
  log(`packages installed in ${Math.round((performance.now() - started) / 1000)} s`);
}
