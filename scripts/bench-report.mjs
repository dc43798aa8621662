// The table of all figures, and two runs held against each other. Figures come from scripts/bench/figure.ts.
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';

/** Without repeated runs a difference up to this share is taken for noise. */
export const NOISE = 0.3;

export function machineFacts(root) {
  const git = (...args) => {
    try {
      return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
      return '';
    }
  };
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model ?? '',
    memoryMb: Math.round(totalmem() / 2 ** 20),
    node: process.version,
    commit: git('rev-parse', '--short', 'HEAD'),
    changed: git('status', '--porcelain', '--untracked-files=no') !== '',
  };
}

export const loadNow = () => Number(loadavg()[0].toFixed(1));

/** One row for each figure: what it grows over, its values at these sizes, how the last compares with the first, its limit. */
export function tableOf(figures) {
  const rows = grouped(figures).map((list) => {
    const { bench, name, unit, of } = list[0];
    const limit = list.find((f) => f.atMost !== undefined || f.atLeast !== undefined);
    const kept = list.every(isKept);
    return [
      bench,
      name,
      of === undefined ? '' : `${list.map((f) => short(f.size)).join(' → ')} ${of}`,
      `${list.map((f) => short(f.value)).join(' → ')} ${unit}`,
      growth(list),
      limit === undefined
        ? ''
        : `${limit.atMost === undefined ? `≥ ${short(limit.atLeast)}` : `≤ ${short(limit.atMost)}`} ${kept ? 'kept' : 'NOT KEPT'}`,
    ];
  });
  return columns([['bench', 'figure', 'grows over', 'measured', 'growth', 'limit'], ...rows]);
}

/** @returns lines: each figure of both runs with its ratio, marked where the difference exceeds the noise; then what only one has */
export function compare(older, newer, noise = NOISE) {
  const before = new Map(medians(older.figures).map((f) => [keyOf(f), f]));
  const after = medians(newer.figures);
  const rows = [['bench', 'figure', 'size', 'before', 'after', 'ratio', '']];
  let worse = 0;
  for (const f of after) {
    const was = before.get(keyOf(f));
    if (!was) continue;
    before.delete(keyOf(f));
    const allowed = Math.max(noise, spreadOf(was), spreadOf(f));
    const ratio = was.value === f.value ? 1 : f.value / was.value;
    const beyond = !(ratio <= 1 + allowed && ratio >= 1 / (1 + allowed));
    const better = moreIsBetter(f) ? f.value > was.value : f.value < was.value;
    if (beyond && !better) worse++;
    rows.push([
      f.bench,
      f.name,
      f.size === undefined ? '' : `${short(f.size)} ${f.of}`,
      `${short(was.value)} ${f.unit}`,
      `${short(f.value)} ${f.unit}`,
      ratio.toFixed(2),
      beyond ? (better ? 'better' : 'WORSE') : '',
    ]);
  }
  const lost = [...before.values()].map(
    (f) => `only in the older run: ${f.bench}: ${f.name}${f.size === undefined ? '' : ` (${short(f.size)} ${f.of})`}`,
  );
  return { lines: [...columns(rows), ...lost], worse };
}

/** Of a figure that was measured several times the median counts, and its spread is its noise. */
function medians(figures) {
  const all = new Map();
  for (const f of figures) all.set(keyOf(f), [...(all.get(keyOf(f)) ?? []), f]);
  return [...all.values()].map((list) => {
    const values = list.map((f) => f.value).sort((a, b) => a - b);
    return { ...list[0], value: values[values.length >> 1], values };
  });
}

const spreadOf = ({ values }) => (values.length < 2 || values[0] <= 0 ? 0 : values.at(-1) / values[0] - 1);
const keyOf = (f) => JSON.stringify([f.bench, f.name, f.size ?? null]);
const moreIsBetter = (f) => f.atLeast !== undefined || (f.atMost === undefined && ['/s', '×'].includes(f.unit));
export const isKept = (f) =>
  (f.atMost === undefined || f.value <= f.atMost) && (f.atLeast === undefined || f.value >= f.atLeast);

function grouped(figures) {
  const groups = new Map();
  for (const f of medians(figures)) {
    const key = JSON.stringify([f.bench, f.name]);
    groups.set(
      key,
      [...(groups.get(key) ?? []), f].sort((a, b) => (a.size ?? 0) - (b.size ?? 0)),
    );
  }
  return [...groups.values()];
}

function growth(list) {
  const [first, last] = [list[0], list.at(-1)];
  if (list.length < 2 || !(first.size > 0) || !(first.value > 0)) return '';
  return `×${short(last.size / first.size)} → ×${short(last.value / first.value)}`;
}

const short = (n) =>
  n === null || n === undefined || Number.isNaN(n)
    ? '?'
    : Number(n.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 2 });

/** Chinese letters take two places on a terminal. */
const width = (text) => [...text].reduce((n, c) => n + (/[\u2e80-\uffef]/.test(c) ? 2 : 1), 0);

function columns(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((r) => width(r[i]))));
  return rows.map((r) =>
    r
      .map((cell, i) => cell + ' '.repeat(widths[i] - width(cell)))
      .join('  ')
      .trimEnd(),
  );
}
