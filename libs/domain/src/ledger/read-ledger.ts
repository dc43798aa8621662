import { cut } from '../cut';
import { type OutlineNode, outlineOf, withoutNumeral } from './document-outline';
import type { Ledger, LedgerTask, TaskTerm } from './ledger';
import { plainForm } from './plain-form';
import { readTerms } from './task-terms';
import { readUnitBracket, type UnitBracket, unitsInText } from './task-units';

/** Longest document that is read at once, in characters. */
export const LEDGER_MAX = 300_000;

/** Sections that say why, not what. */
const PREAMBLE = /^(?:总体要求|指导思想|总体目标|工作目标|基本原则|主要目标)/;

/**
 * Reads the tasks of a 工作要点, 实施方案 or 通知: each numbered paragraph with its term (责任时限), units and the terms that its
 * sentences name. Nothing is guessed: what cannot be read stands in `doubts`.
 */
export function readLedger(text: string): Ledger {
  const lines = plainForm(text.slice(0, LEDGER_MAX)).replace(/\r\n?/g, '\n').split('\n');
  const head = readHead(lines);
  const nodes = outlineOf(lines);
  const numbers = numbersOf(nodes);
  const tasks = nodes.flatMap((node, i) => (node.leaf ? tasksOf(node, numbers[i] ?? '', head.year) : []));
  const doubts: string[] = [];
  if (text.length > LEDGER_MAX) doubts.push(`文件超过 ${LEDGER_MAX} 字，之后的内容未读取`);
  if (head.year === null) doubts.push('未读出文件所属年份，没有年份的日期未读取');
  if (tasks.length === 0) doubts.push('未读出任务：应有“一、”“（一）”“1.”等编号');
  return { ...head, tasks, doubts };
}

function readHead(lines: readonly string[]): Pick<Ledger, 'title' | 'number' | 'year' | 'issuedOn'> {
  const first = lines.findIndex((line) => /^(?:一、|\(一\)|1[.、])/.test(line.trim()));
  const before = lines.slice(0, first < 0 ? lines.length : first).map((l) => l.trim());
  const title =
    before.findLast((l) => l.length <= 60 && /(?:要点|方案|计划|意见|规定|办法)》?$/.test(l)) ??
    before.find((l) => l.length <= 60 && /(?:通知|通 知|要点|方案|意见)$/.test(l)) ??
    // 现制定2017年政务公开工作要点。
    /现(?:制定|印发)(?:本)?([^,。]{4,40}?(?:要点|方案|计划))/.exec(before.join('\n'))?.[1] ??
    '';
  const printed = /[\u4e00-\u9fff]{1,10}〔\d{4}〕\d{1,4}号/.exec(before.filter((l) => l.length < 40).join('\n'));
  const issuedOn = dateLine(before) ?? dateLine(lines.slice(-8).map((l) => l.trim()));
  return { title: title.replace(/^【[^】]*】/, ''), number: printed?.[0] ?? '', year: yearOf(title, lines, issuedOn), issuedOn };
}

/** The year in the title, else of the date, else the only year that the tasks' own terms name. */
function yearOf(title: string, lines: readonly string[], issuedOn: string | null): number | null {
  const inTitle = /(\d{4})年/.exec(title);
  if (inTitle) return Number(inTitle[1]);
  if (issuedOn !== null) return Number(issuedOn.slice(0, 4));
  const named = new Set([...lines.join('\n').matchAll(/(\d{4})年(?:\d{1,2}月)?(?:\d{1,2}日|底)?(?:之?前|底)/g)].map((m) => m[1]));
  return named.size === 1 ? Number([...named][0]) : null;
}

function dateLine(lines: readonly string[]): string | null {
  for (const line of lines) {
    const m = /^(?:.*成文日期[\]\s|]*)?(\d{4})[年-](\d{1,2})[月-](\d{1,2})日?(?:\s*\|.*)?$/.exec(line.trim());
    if (m) return [m[1], m[2]?.padStart(2, '0'), m[3]?.padStart(2, '0')].join('-');
  }
  return null;
}

/** 三(二)1; a number that runs through the whole document (1 … 36) stands behind its section alone: 二13. */
function numbersOf(nodes: readonly OutlineNode[]): string[] {
  const thirds = nodes.filter((n) => n.level === 3).map((n) => Number(n.numeral));
  const throughout = thirds.length > 1 && thirds.every((n, i) => n === i + 1);
  const lost = new Map<OutlineNode, string>();
  const seen = new Map<string, number>();
  return nodes.map((node) => {
    const parent = node.above.at(-1);
    const key = parent ? `${nodes.indexOf(parent)}:${node.level}` : `top:${node.level}`;
    const nth = (seen.get(key) ?? 0) + 1;
    seen.set(key, nth);
    // A lost numeral is what the place in the row says.
    const own = node.numeral === '' ? (HAN_NUMERALS[nth] ?? '') : node.numeral;
    lost.set(node, own);
    const above = throughout && node.level === 3 ? node.above.filter((n) => n.level === 1) : node.above;
    const before = above.map((n) => printedAs(n.level, lost.get(n) ?? n.numeral)).join('');
    return before + printedAs(node.level, own);
  });
}

const HAN_NUMERALS = ['', ...'一二三四五六七八九十', '十一', '十二', '十三', '十四', '十五'];

function printedAs(level: OutlineNode['level'], numeral: string): string {
  return level === 2 ? `(${numeral})` : numeral;
}

function tasksOf(node: OutlineNode, number: string, year: number | null): LedgerTask[] {
  if (PREAMBLE.test(withoutNumeral(node.paragraphs[0] ?? ''))) return [];
  // A heading alone promises nothing.
  if (node.paragraphs.length === 1 && node.level < 3 && !/[。;)]/.test(node.paragraphs[0] ?? '')) return [];
  const headings = node.above.map((n) => withoutNumeral(n.paragraphs[0] ?? '').replace(/。.*$/s, ''));
  return partsOf(node.paragraphs).map((part, i) =>
    taskOf(i === 0 ? number : `${number}-${i + 1}`, headings, part, year),
  );
}

interface Part {
  text: string;
  bracket: UnitBracket | null;
}

/** A paragraph that closes with units of its own is a task of its own; one without belongs to the one before it. */
function partsOf(paragraphs: readonly string[]): Part[] {
  const parts: Part[] = [];
  for (const paragraph of paragraphs) {
    const bracket = readUnitBracket(paragraph);
    const last = parts.at(-1);
    if (last && !(last.bracket && bracket)) {
      const offset = last.text.length + 1;
      last.bracket ??= bracket && shifted(bracket, offset);
      last.text += `\n${paragraph}`;
    } else parts.push({ text: paragraph, bracket });
  }
  return parts;
}

function shifted(bracket: UnitBracket, by: number): UnitBracket {
  const limit = bracket.limit && { ...bracket.limit, start: bracket.limit.start + by };
  return { ...bracket, limit, start: bracket.start + by };
}

function taskOf(number: string, headings: string[], { text, bracket }: Part, year: number | null): LedgerTask {
  const terms = readTerms(text, { year });
  const main = bracket?.limit ? mainTerm(terms, bracket.limit) : null;
  const units = bracket?.units.length ? bracket.units : unitsInText(withoutNumeral(text));
  const doubts: string[] = [];
  if (bracket?.limit && !main) doubts.push(`责任时限“${bracket.limit.text}”未读出`);
  if (main?.kind === 'until' && /月\d{1,2}前$/.test(main.text)) doubts.push(`“${main.text}”缺“日”字，按 ${main.date} 读取`);
  if (units.length === 0) doubts.push('未写明责任单位');
  else if (units.every((u) => u.from === 'text')) doubts.push('责任单位从正文语句中读出，请核对');
  if (year === null && /\d{1,2}月(?:\d{1,2}日|底)前/.test(text)) doubts.push('日期没有年份，未读取');
  return { number, headings, title: titleOf(text), text, main, terms, units, doubts };
}

function mainTerm(terms: readonly TaskTerm[], limit: NonNullable<UnitBracket['limit']>): TaskTerm | null {
  return terms.find((t) => t.start >= limit.start && t.end <= limit.start + limit.text.length + 1) ?? null;
}

function titleOf(text: string): string {
  const plain = withoutNumeral(text.split('\n')[0] ?? '');
  const sentence = /^[^。;]*/.exec(plain)?.[0] ?? plain;
  return sentence.length <= 60 ? sentence : `${cut(sentence, 59)}…`;
}
