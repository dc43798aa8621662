import { chainOf, covers, hasNoPrefecture, shortNameOf, type Division, type OwnRegion } from './division';

/** What one written name can mean. */
export interface NameEntry {
  name: string;
  /** Written with its suffix (朝阳区), not in its short form (朝阳). */
  full: boolean;
  /** A name the deployment adds: it means the own region. */
  own: boolean;
  /** Codes, the highest division first. Empty: a foreign country. */
  codes: string[];
}

/** Divisions by code and by every name they go by. Built once a process; about 7,000 names. */
export class Gazetteer {
  private readonly divisions = new Map<string, Division>();
  /** By the first two characters of a name, the longest name first. */
  private readonly index = new Map<number, NameEntry[]>();
  /** Characters that begin a name: most positions of a text are passed over by this alone. */
  private readonly begins = new Uint8Array(65536);
  /** A bit for each pair of first characters, by a digest: of the positions left, most have no name's second one. */
  private readonly pairs = new Uint8Array(PAIR_BITS / 8);

  constructor(
    divisions: Iterable<Division>,
    readonly own: OwnRegion,
    foreign: Iterable<string> = [],
  ) {
    for (const d of divisions) this.add(d);
    this.addOwn();
    for (const name of foreign) this.entry(name, true, false);
    for (const list of this.index.values()) list.sort((a, b) => b.name.length - a.name.length);
  }

  byCode(code: string): Division | null {
    return this.divisions.get(code) ?? null;
  }

  /** Names at this position of the text, the longest first. */
  at(text: string, position: number): NameEntry | null {
    const first = text.charCodeAt(position);
    if (this.begins[first] === 0) return null;
    const bit = pairBit(first, text.charCodeAt(position + 1));
    if ((this.pairs[bit >> 3]! & (1 << (bit & 7))) === 0) return null;
    const list = this.index.get(first * 65536 + text.charCodeAt(position + 1));
    if (list === undefined) return null;
    for (const entry of list) if (text.startsWith(entry.name, position)) return entry;
    return null;
  }

  /** The readable name from the top: 江西省赣州市寻乌县; below the own region only what it adds. */
  nameOf(code: string): string {
    const names = chainOf(code)
      .map((c) => this.divisions.get(c)?.name)
      .filter((n): n is string => n !== undefined);
    return names.reverse().join('');
  }

  /** The code of a region as people write it: six digits, a name, or a path of names (`赣州市/寻乌县`); null when it is not one place. */
  codeOf(written: string): string | null {
    if (/^\d{6,12}$/.test(written)) return written;
    let found: string[] | null = null;
    for (const part of written.split('/')) {
      const entry = this.at(part, 0);
      const codes = entry?.name === part ? entry.codes : [];
      found = found === null ? codes : codes.filter((c) => found!.some((above) => chainOf(c).includes(above)));
    }
    return found?.length === 1 ? found[0]! : null;
  }

  get size(): number {
    return this.divisions.size;
  }

  private add(d: Division): void {
    // 市辖区, 省直辖县级行政区划 and the 北京市 between 北京市 and its districts are steps of the numbering, not places.
    if (d.level === 2 && (d.code.slice(2, 4) === '90' || hasNoPrefecture(d.code))) return;
    if (d.name === '市辖区') return;
    this.divisions.set(d.code, d);
    this.entry(d.name, true, false).codes.push(d.code);
    const short = shortNameOf(d);
    if (short === null) return;
    this.entry(short, false, false).codes.push(d.code);
    // 大理州, 巍山县: the usual forms of 大理白族自治州 and 巍山彝族回族自治县.
    const autonomous = /自治([州县旗])$/.exec(d.name)?.[1];
    if (autonomous !== undefined) this.entry(short + autonomous, true, false).codes.push(d.code);
  }

  private addOwn(): void {
    const { code, name, above, names } = this.own;
    for (const d of above ?? [])
      if (!this.divisions.has(d.code)) this.add({ ...d, level: d.code.endsWith('0000') ? 1 : 2 });
    if (name !== undefined && !this.divisions.has(code)) this.add({ code, name, level: levelOf(code) });
    for (const extra of names ?? []) {
      if (extra.length < 2) continue;
      const entry = this.entry(extra, true, true);
      if (!entry.codes.some((c) => covers(code, c))) entry.codes.push(code);
    }
  }

  private entry(name: string, full: boolean, own: boolean): NameEntry {
    const key = name.charCodeAt(0) * 65536 + name.charCodeAt(1);
    let list = this.index.get(key);
    if (list === undefined) this.index.set(key, (list = []));
    this.begins[name.charCodeAt(0)] = 1;
    const bit = pairBit(name.charCodeAt(0), name.charCodeAt(1));
    this.pairs[bit >> 3]! |= 1 << (bit & 7);
    let entry = list.find((e) => e.name === name);
    if (entry === undefined) list.push((entry = { name, full, own, codes: [] }));
    // One name can be the full form of one place and the short form of another: the full form is the stronger.
    entry.full ||= full;
    entry.own ||= own;
    return entry;
  }
}

/** 8 KiB: stays in the processor's nearest cache. */
const PAIR_BITS = 1 << 16;
const pairBit = (a: number, b: number): number => (Math.imul(a, 0x9e3b) ^ Math.imul(b, 0x85eb)) & (PAIR_BITS - 1);

function levelOf(code: string): 1 | 2 | 3 {
  return code.endsWith('0000') ? 1 : code.endsWith('00') ? 2 : 3;
}
