#!/usr/bin/env node
// `npm test`: everything that can be checked, on a fresh clone too. Steps can be named:
//   node scripts/test.mjs lint types build unit system
// The last line counts steps and tests.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { installDependencies, nodeFault } from './dependencies.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const scratch = mkdtempSync(join(tmpdir(), 'huiying-test-'));
const counts = { passed: 0, failed: 0 };
const say = (line) => process.stdout.write(`${line}\n`);
const bin = (...path) => join(root, 'node_modules', ...path);

const STEPS = {
  lint: () => node(bin('eslint', 'bin', 'eslint.js'), '--config', '.eslint.config.mjs', '--max-warnings', '0', '.'),
  types: () => node(bin('typescript', 'bin', 'tsc'), '-p', 'tsconfig.json'),
  'dashboard-types': () => node(bin('vue-tsc', 'bin', 'vue-tsc.js'), '--noEmit', '-p', 'apps/dashboard/tsconfig.json'),
  build: () => node(join(root, 'scripts', 'build.mjs')),
  unit: () => jest('unit', '--maxWorkers', '2'),
  system,
};

/** Runs one of Node's programs with its output shown; resolves to its exit code. */
function node(...args) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
  return new Promise((resolve, reject) => child.on('error', reject).on('close', (code) => resolve(code ?? 1)));
}

/**
 * Against one PostgreSQL for all files. What calls the gateway within the test's own process runs side by side;
 * what starts whole processes or a browser runs alone, because it asserts how they behave among themselves.
 */
async function system() {
  await build();
  const { startEmbedded } = createRequire(import.meta.url)(join(root, 'dist', 'libs', 'storage', 'src'));
  const dataDir = mkdtempSync(join(tmpdir(), 'huiying-test-'));
  const server = await startEmbedded({ dataDir, durable: false });
  process.env.HUIYING_TEST_SERVER = server.url;
  try {
    const files = readdirSync(join(root, 'test')).filter((name) => name.endsWith('.test.ts'));
    const alone = files.filter((name) => /from '\.\/(running-system|app-process|browser)'/.test(readTest(name)));
    const beside = files.filter((name) => !alone.includes(name));
    const codes = [
      await jest('system', '--maxWorkers', '2', '--runTestsByPath', ...beside.map((name) => join(root, 'test', name))),
      await jest('system', '--runInBand', '--runTestsByPath', ...alone.map((name) => join(root, 'test', name))),
    ];
    return Math.max(...codes);
  } finally {
    delete process.env.HUIYING_TEST_SERVER;
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const readTest = (name) => readFileSync(join(root, 'test', name), 'utf8');

async function jest(project, ...flags) {
  const file = join(scratch, `${project}.json`);
  rmSync(file, { force: true });
  const code = await node(
    bin('jest', 'bin', 'jest.js'),
    '--selectProjects',
    project,
    '--json',
    '--outputFile',
    file,
    ...flags,
  );
  if (existsSync(file)) {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(file, 'utf8'));
    counts.passed += numPassedTests;
    counts.failed += numFailedTests + numRuntimeErrorTestSuites;
  }
  return code;
}

async function main() {
  const fault = nodeFault();
  if (fault) throw new Error(fault);
  await installDependencies({ log: say });
  const named = process.argv.slice(2);
  const unknown = named.find((name) => !(name in STEPS));
  if (unknown) throw new Error(`no step ${unknown}: ${Object.keys(STEPS).join(', ')}`);
  for (const name of named.length > 0 ? named : Object.keys(STEPS)) {
    const started = performance.now();
    say(`\n── ${name}`);
    const ok = (await STEPS[name]()) === 0;
    counts[ok ? 'passed' : 'failed']++;
    say(`── ${name}: ${ok ? 'passed' : 'FAILED'} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
}

try {
  await main();
} catch (error) {
  counts.failed++;
  process.stderr.write(`npm test: ${error.message}\n`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
say(`\n${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
