#!/usr/bin/env node
// `npm test`: everything that can be checked, on a fresh clone too. Steps can be named:
//   node scripts/test.mjs lint types build unit system
// The last line counts steps and tests.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
  system: () => jest('system', '--runInBand'),
};

/** Runs one of Node's programs with its output shown; resolves to its exit code. */
function node(...args) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
  return new Promise((resolve, reject) => child.on('error', reject).on('close', (code) => resolve(code ?? 1)));
}

async function jest(project, ...flags) {
  const file = join(scratch, `${project}.json`);
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
