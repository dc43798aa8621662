/** Finds the terms of many word classes in one pass: a trie in flat arrays, walked from each position. */
export interface Lexicon {
  /** Class name → its terms. A term may belong to several classes. */
  [className: string]: readonly string[];
}

/** Hits in order of position; parallel arrays, valid until the next scan. */
export interface Hits {
  count: number;
  classes: Uint16Array;
  starts: Int32Array;
  ends: Int32Array;
}

interface BuildNode {
  next: Map<number, BuildNode>;
  classes: number[];
}

export class Matcher {
  readonly classNames: readonly string[];
  /** Bit set of first characters: most positions are passed over by one look. */
  private readonly first = new Uint8Array(65536);
  /** A bit for each pair of first characters: of the positions left, most have no term's second one. */
  private readonly pairs = new Uint8Array(PAIR_BITS / 8);
  private readonly keys: Float64Array;
  private readonly targets: Int32Array;
  private readonly mask: number;
  private readonly output: Int32Array[];
  /** Used again by every scan: memory stays flat. */
  private readonly hits: Hits = { count: 0, classes: new Uint16Array(1024), starts: new Int32Array(1024), ends: new Int32Array(1024) };

  constructor(lexicon: Lexicon) {
    this.classNames = Object.keys(lexicon);
    const root: BuildNode = { next: new Map(), classes: [] };
    this.classNames.forEach((name, id) => {
      for (const term of lexicon[name]!) insertTerm(root, term, id);
    });
    const nodes: BuildNode[] = [root];
    const edges: [number, number, number][] = [];
    for (let at = 0; at < nodes.length; at++) {
      for (const [unit, node] of nodes[at]!.next) {
        edges.push([at, unit, nodes.length]);
        nodes.push(node);
      }
    }
    let size = 1024;
    while (size < edges.length * 3) size *= 2;
    this.mask = size - 1;
    this.keys = new Float64Array(size).fill(-1);
    this.targets = new Int32Array(size);
    for (const [from, unit, to] of edges) this.addEdge(from, unit, to);
    for (const [unit, node] of root.next) {
      this.first[unit] = node.classes.length > 0 ? WORD : BEGINS;
      for (const second of node.next.keys()) this.addPair(unit, second);
    }
    this.output = nodes.map((n) => Int32Array.from(n.classes));
  }

  private addPair(a: number, b: number): void {
    const bit = pairBit(a, b);
    this.pairs[bit >> 3]! |= 1 << (bit & 7);
  }

  private addEdge(from: number, unit: number, to: number): void {
    let slot = slotOf(from, unit) & this.mask;
    while (this.keys[slot] !== -1) slot = (slot + 1) & this.mask;
    this.keys[slot] = from * 65536 + unit;
    this.targets[slot] = to;
  }

  private step(from: number, unit: number): number {
    const key = from * 65536 + unit;
    let slot = slotOf(from, unit) & this.mask;
    for (;;) {
      const k = this.keys[slot];
      if (k === key) return this.targets[slot]!;
      if (k === -1) return -1;
      slot = (slot + 1) & this.mask;
    }
  }

  /** All hits of all classes, overlapping ones too; valid until the next scan. */
  scan(chars: string): Hits {
    const { hits } = this;
    hits.count = 0;
    const n = chars.length;
    for (let i = 0; i < n; i++) {
      const unit = chars.charCodeAt(i);
      const known = this.first[unit]!;
      if (known === 0) continue;
      if (known === BEGINS) {
        const bit = pairBit(unit, chars.charCodeAt(i + 1));
        if ((this.pairs[bit >> 3]! & (1 << (bit & 7))) === 0) continue;
      }
      let node = 0;
      for (let j = i; j < n; j++) {
        node = this.step(node, chars.charCodeAt(j));
        if (node < 0) break;
        const out = this.output[node]!;
        for (let k = 0; k < out.length; k++) pushHit(hits, out[k]!, i, j + 1);
      }
    }
    return hits;
  }
}

/** 8 KiB: stays in the processor's nearest cache. */
const PAIR_BITS = 1 << 16;
/** A first character that goes on, and one that is a term by itself. */
const BEGINS = 1;
const WORD = 2;

function pairBit(a: number, b: number): number {
  return (Math.imul(a, 0x9e3b) ^ Math.imul(b, 0x85eb)) & (PAIR_BITS - 1);
}

function insertTerm(root: BuildNode, term: string, classId: number): void {
  let node = root;
  for (let i = 0; i < term.length; i++) {
    const unit = term.charCodeAt(i);
    let next = node.next.get(unit);
    if (next === undefined) {
      next = { next: new Map(), classes: [] };
      node.next.set(unit, next);
    }
    node = next;
  }
  if (node !== root && !node.classes.includes(classId)) node.classes.push(classId);
}

function slotOf(from: number, unit: number): number {
  const h = Math.imul(from ^ Math.imul(unit, 0x9e3779b1), 0x85ebca6b);
  return h ^ (h >>> 15);
}

function pushHit(hits: Hits, classId: number, start: number, end: number): void {
  const at = hits.count;
  if (at === hits.starts.length) growHits(hits);
  hits.classes[at] = classId;
  hits.starts[at] = start;
  hits.ends[at] = end;
  hits.count = at + 1;
}

function growHits(hits: Hits): void {
  const size = hits.starts.length * 2;
  const classes = new Uint16Array(size);
  const starts = new Int32Array(size);
  const ends = new Int32Array(size);
  classes.set(hits.classes);
  starts.set(hits.starts);
  ends.set(hits.ends);
  hits.classes = classes;
  hits.starts = starts;
  hits.ends = ends;
}
