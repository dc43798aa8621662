// What a browser loads before the duty board (值班台) can be used: the page's own scripts and what they import at once,
// gzipped. Called by the build, which fails above the budget.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** 350 KB of JavaScript, gzipped, for the first load of the duty board. */
export const BUDGET_BYTES = 350 * 1024;

/** @returns {{ total: number, files: { file: string, bytes: number }[] }} the largest first */
export function firstLoad(folder) {
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  const waiting = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((m) => m[1]);
  const files = new Map();
  while (waiting.length > 0) {
    const file = waiting.pop();
    if (files.has(file) || !existsSync(join(folder, file))) continue;
    const code = readFileSync(join(folder, file));
    files.set(file, gzipSync(code, { level: 9 }).length);
    // Static imports only: what is imported by a call comes when it is needed.
    for (const m of code.toString('utf8').matchAll(/(?:import|export)(?:[^"'()]*?from)?\s*["'](\.[^"']+\.js)["']/g)) waiting.push(join(dirname(file), m[1]).split('\\').join('/'));
  }
  const list = [...files].map(([file, bytes]) => ({ file, bytes })).sort((a, b) => b.bytes - a.bytes);
  return { total: list.reduce((n, f) => n + f.bytes, 0), files: list };
}

/** @throws when the first load is over the budget, naming its largest files */
export function checkFirstLoad(folder) {
  const { total, files } = firstLoad(folder);
  if (total <= BUDGET_BYTES) return total;
  const largest = files.slice(0, 5).map((f) => `${f.file} ${Math.round(f.bytes / 1024)} KB`);
  throw new Error(`the first load of the duty board is ${Math.round(total / 1024)} KB of JavaScript gzipped, allowed are ${BUDGET_BYTES / 1024} KB: ${largest.join(', ')}`);
}
