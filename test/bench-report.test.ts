import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './running-system';

interface Told {
  bench: string;
  name: string;
  value: number;
  unit: string;
  size?: number;
  of?: string;
  atMost?: number;
  atLeast?: number;
}

const folder = mkdtempSync(join(tmpdir(), 'huiying-figures-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, figures: Told[]): string {
  const file = join(folder, name);
  const machine = { cores: 2, processor: 'x', memoryMb: 1, node: 'v20.19.0', commit: name, changed: false };
  writeFileSync(file, JSON.stringify({ startedAt: '2026-11-27', machine, loadBefore: 1, loadAfter: 2, figures }));
  return file;
}

const compare = (...args: string[]): string[] =>
  execFileSync(process.execPath, [join(root, 'scripts', 'bench.mjs'), 'compare', ...args], { encoding: 'utf8' }).split(
    '\n',
  );
const lineOf = (lines: string[], name: string): string => lines.find((line) => line.includes(name)) ?? '';

it('two runs: the ratio of each figure, and a mark only where it exceeds the noise, by what is better for it', () => {
  const ms = { bench: 'a', unit: 'ms' };
  const older = write('older', [
    { ...ms, name: 'slower', value: 100, size: 10, of: 'people' },
    { ...ms, name: 'quicker', value: 100 },
    { ...ms, name: 'as before', value: 100 },
    { bench: 'a', name: 'fewer a second', value: 100, unit: '/s' },
    { ...ms, name: 'gone', value: 1 },
  ]);
  const newer = write('newer', [
    { ...ms, name: 'slower', value: 150, size: 10, of: 'people' },
    { ...ms, name: 'quicker', value: 50 },
    { ...ms, name: 'as before', value: 120 },
    { bench: 'a', name: 'fewer a second', value: 60, unit: '/s' },
  ]);
  const lines = compare(older, newer);
  expect(lineOf(lines, 'slower')).toMatch(/10 people +100 ms +150 ms +1\.50 +WORSE$/);
  expect(lineOf(lines, 'quicker')).toMatch(/0\.50 +better$/);
  expect(lineOf(lines, 'as before')).toMatch(/1\.20$/);
  expect(lineOf(lines, 'fewer a second')).toMatch(/0\.60 +WORSE$/);
  expect(lineOf(lines, 'only in the older run')).toContain('a: gone');
  expect(lineOf(compare(older, newer, '--noise', '0.6'), 'slower')).toMatch(/1\.50$/);
});

it('a figure measured several times: its median counts, its spread is noise', () => {
  const of = (values: number[]): Told[] => values.map((value) => ({ bench: 'a', name: 'restless', value, unit: 'ms' }));
  const lines = compare(write('one', of([50, 100, 200])), write('two', of([160])));
  expect(lineOf(lines, 'restless')).toMatch(/100 ms +160 ms +1\.60$/);
});

it('a name that is none is wrong usage', () => {
  const asked = spawnSync(process.execPath, [join(root, 'scripts', 'bench.mjs'), 'no-such'], { encoding: 'utf8' });
  expect(asked.status).toBe(2);
  expect(asked.stderr).toMatch(/which one\? .*fleet.*soak/);
});
