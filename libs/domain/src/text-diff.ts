export interface DiffRun {
  kind: 'same' | 'removed' | 'added';
  text: string;
}

/** Above so many cells a changed passage is shown whole instead of letter by letter. */
const MOST_CELLS = 4_000_000;

/**
 * What changed from one text to another: first by sentences, and within a changed passage by letters. The runs that are
 * not `added` make the old text, those that are not `removed` the new one.
 */
export function diffText(before: string, after: string): DiffRun[] {
  const runs: DiffRun[] = [];
  for (const run of diffTokens(sentences(before), sentences(after))) {
    if (run.removed === '' || run.added === '') push(runs, run);
    else for (const fine of diffTokens([...run.removed], [...run.added])) push(runs, fine);
  }
  return runs;
}

function sentences(text: string): string[] {
  return text.match(/[^。！？；\n]*[。！？；\n]|[^。！？；\n]+$/g) ?? [];
}

interface Change {
  same: string;
  removed: string;
  added: string;
}

function push(runs: DiffRun[], { same, removed, added }: Change): void {
  for (const [kind, text] of [['same', same], ['removed', removed], ['added', added]] as const) {
    if (text === '') continue;
    const last = runs.at(-1);
    if (last?.kind === kind) last.text += text;
    else runs.push({ kind, text });
  }
}

/** Longest common subsequence of tokens. Each change is either same, or what was removed with what came in its place. */
function diffTokens(a: readonly string[], b: readonly string[]): Change[] {
  const head = commonLength(a, b, (list, i) => list[i]);
  const tail = Math.min(commonLength(a, b, (list, i) => list[list.length - 1 - i]), Math.min(a.length, b.length) - head);
  const [x, y] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  const middle = x.length * y.length > MOST_CELLS ? [{ same: '', removed: x.join(''), added: y.join('') }] : lcs(x, y);
  return [
    { same: a.slice(0, head).join(''), removed: '', added: '' },
    ...middle,
    { same: a.slice(a.length - tail).join(''), removed: '', added: '' },
  ];
}

function commonLength(a: readonly string[], b: readonly string[], at: (list: readonly string[], i: number) => string | undefined): number {
  let n = 0;
  while (n < Math.min(a.length, b.length) && at(a, n) === at(b, n)) n++;
  return n;
}

function lcs(a: readonly string[], b: readonly string[]): Change[] {
  const width = b.length + 1;
  const length = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      length[i * width + j] =
        a[i] === b[j]
          ? (length[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(length[(i + 1) * width + j] ?? 0, length[i * width + j + 1] ?? 0);
    }
  }
  const changes: Change[] = [];
  let open: Change = { same: '', removed: '', added: '' };
  const close = (): void => {
    if (open.same + open.removed + open.added !== '') changes.push(open);
    open = { same: '', removed: '', added: '' };
  };
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      if (open.removed + open.added !== '') close();
      open.same += a[i++];
      j++;
    } else {
      if (open.same !== '') close();
      const down = i < a.length && (j === b.length || (length[(i + 1) * width + j] ?? 0) >= (length[i * width + j + 1] ?? 0));
      if (down) open.removed += a[i++];
      else open.added += b[j++];
    }
  }
  close();
  return changes;
}
