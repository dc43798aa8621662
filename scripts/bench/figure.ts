import { appendFileSync } from 'node:fs';

/** One measured number of a bench: a row of the table that `npm run bench` prints, and what two versions are compared by. */
export interface Figure {
  /** In words, the same in every run: rows of two runs are matched by bench, name and size. */
  name: string;
  value: number;
  /** `ms`, `s`, `MB`, `/s`, `%`, `×` … */
  unit: string;
  /** What the figure grows over: so many items, people, cases. Absent: it does not. */
  size?: number;
  /** Of the size: `items`, `people` … */
  of?: string;
  atMost?: number;
  atLeast?: number;
}

/**
 * Hands a figure to whoever runs the bench: one line of JSON in the file that BENCH_FIGURES names. A bench that dies has told
 * what it had measured until then.
 */
export function figure(f: Figure): void {
  const file = process.env['BENCH_FIGURES'];
  if (file !== undefined)
    appendFileSync(
      file,
      `${JSON.stringify({ bench: process.env['BENCH_NAME'] ?? '', ...f, value: rounded(f.value) })}\n`,
    );
}

/** `npm run bench` without a name runs all of them small; `--full` runs them at the sizes of the README. */
export const QUICK = process.env['BENCH_FORM'] === 'quick';

/** The sizes a bench measures at: those it was given, else those of the form. */
export function sizesOf(given: readonly number[], form: { quick: number[]; full: number[] }): number[] {
  return given.length > 0 ? [...given] : QUICK ? form.quick : form.full;
}

/** The q-th of sorted numbers. */
export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;
}

const rounded = (n: number): number => Number(n.toPrecision(4));
