/** A numbered place of a document with the paragraphs that stand directly under it. */
export interface OutlineNode {
  level: 1 | 2 | 3;
  /** As printed, without brackets: 一, 二, 13; '' where the document lost its numeral. */
  numeral: string;
  /** From the outermost heading down to the parent. */
  above: OutlineNode[];
  /** The lines as they stand, the first one with its heading. */
  paragraphs: string[];
  leaf: boolean;
}

const HAN = '[一二三四五六七八九十]{1,3}';
const FIRST = new RegExp(`^(${HAN})、`);
/** Some pages lose the numeral of a heading and keep its bracket. */
const SECOND = new RegExp(`^(?:\\((${HAN})\\)|\\))`);
// 5.2020年8月底前 is number 5; 3.5 is a figure.
const THIRD = /^(\d{1,3})(?:、|\.(?!\d)|\.(?=\d{4}年))/;
/** A heading that lost its numeral: a short line without an end mark. */
const BARE_HEADING = /^[\u4e00-\u9fff、“”]{4,24}$/;

/**
 * The numbered places of a 公文, in the order of the text (GB/T 9704: 一、 / (一) / 1.). Lines before the first numbered
 * place belong to none. `lines` are in `plainForm`.
 */
export function outlineOf(lines: readonly string[]): OutlineNode[] {
  const nodes: OutlineNode[] = [];
  let path: OutlineNode[] = [];
  for (const raw of lines) {
    const line = raw.trim();
    if (line === '') continue;
    const mark = markOf(line, path);
    if (mark) {
      const above = path.filter((n) => n.level < mark.level);
      for (const node of above) node.leaf = false;
      const node: OutlineNode = { ...mark, above, paragraphs: [line], leaf: true };
      nodes.push(node);
      path = [...above, node];
    } else path.at(-1)?.paragraphs.push(line);
  }
  return nodes;
}

function markOf(line: string, path: readonly OutlineNode[]): Pick<OutlineNode, 'level' | 'numeral'> | null {
  const first = FIRST.exec(line);
  if (first) return { level: 1, numeral: first[1] ?? '' };
  const second = SECOND.exec(line);
  if (second) return { level: 2, numeral: second[1] ?? '' };
  const third = THIRD.exec(line);
  if (third) return { level: 3, numeral: third[1] ?? '' };
  return path.length > 0 && BARE_HEADING.test(line) ? { level: 1, numeral: '' } : null;
}

/** The line without its numeral. */
export function withoutNumeral(line: string): string {
  return line.replace(FIRST, '').replace(SECOND, '').replace(THIRD, '').trim();
}
