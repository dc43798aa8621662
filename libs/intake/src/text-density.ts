import type { CheerioAPI } from 'cheerio';
import type { AnyNode, Element } from 'domhandler';
import { plainText } from './plain-text';

interface Measure {
  chars: number;
  linkChars: number;
  marks: number;
  paragraphs: number;
  tags: number;
  linkTags: number;
}

const BLOCK = new Set(['div', 'article', 'section', 'td', 'main', 'body', 'center', 'span', 'font', 'ul', 'ol', 'dd']);
const SKIPPED = new Set(['script', 'style', 'noscript', 'template', 'iframe', 'svg', 'head', 'select', 'textarea']);
const MARKS = /[，。；：！？、,.;:!?]/g;

/**
 * The element whose text is densest: many characters and sentence marks per tag, few of them in links
 * (text density and symbol density, as in "基于文本及符号密度的网页正文提取方法").
 * `clutter` is removed from a copy first. Returns its plain text and the share of characters in links.
 */
export function densestText($: CheerioAPI, clutter: string): { text: string; linkShare: number; marks: number } {
  const copy = $('body').length > 0 ? $('body').clone() : $.root().children().clone();
  const bodyClass = copy.find('*').length;
  copy.find('script,style,noscript,template').remove();
  copy.find(clutter).each((_, el) => {
    // A theme may name the whole page's frame "share" or "comment": what holds most of the page is no clutter.
    const always = /comment/i.test($(el).attr('class') ?? '');
    if (always || ($(el).find('*').length < bodyClass * 0.5 && !isRich($(el).text()))) $(el).remove();
  });
  const root = copy.get(0);
  if (!root) return { text: '', linkShare: 0, marks: 0 };
  const measures = new Map<AnyNode, Measure>();
  measure(root as AnyNode, false, measures, 0);
  let best: { node: AnyNode; score: number; m: Measure } | null = null;
  for (const [node, m] of measures) {
    const name = (node as Element).name;
    if (!BLOCK.has(name) || m.chars < 20) continue;
    const score = scoreOf(m);
    if (!best || score > best.score) best = { node, score, m };
  }
  if (!best) return { text: plainText($(root).text()), linkShare: 0, marks: 0 };
  return {
    text: plainText($(best.node as Element).html() ?? ''),
    linkShare: best.m.linkChars / Math.max(1, best.m.chars),
    marks: best.m.marks,
  };
}

/** Several whole sentences: whatever its class is called, this is something to read. */
export function isRich(text: string): boolean {
  return (text.match(/。/g) ?? []).length >= 6;
}

function scoreOf(m: Measure): number {
  const plainChars = m.chars - m.linkChars;
  const density = plainChars / Math.max(1, m.tags - m.linkTags);
  const symbols = (m.chars - m.linkChars) / (m.marks + 1);
  // A text has a mark every dozen characters; a menu has none.
  const likeSentences = m.marks === 0 ? 0.05 : 1 / (1 + symbols / 20);
  return (
    Math.log2(plainChars + 1) ** 2 *
    Math.log2(density + 2) ** 1.5 *
    likeSentences *
    Math.log10(m.paragraphs + 3) *
    (1 - m.linkChars / Math.max(1, m.chars))
  );
}

function measure(node: AnyNode, inLink: boolean, out: Map<AnyNode, Measure>, depth: number): Measure {
  const m: Measure = { chars: 0, linkChars: 0, marks: 0, paragraphs: 0, tags: 0, linkTags: 0 };
  if (node.type === 'text') {
    const t = node.data.replace(/\s+/g, '');
    m.chars = t.length;
    if (inLink) m.linkChars = t.length;
    else m.marks = t.match(MARKS)?.length ?? 0;
    return m;
  }
  if (!('children' in node) || depth > 300) return m;
  const name = 'name' in node ? node.name : '';
  if (SKIPPED.has(name)) return m;
  m.tags = 1;
  const link = inLink || name === 'a';
  if (link) m.linkTags = 1;
  for (const child of node.children) {
    const c = measure(child, link, out, depth + 1);
    m.chars += c.chars;
    m.linkChars += c.linkChars;
    m.marks += c.marks;
    m.tags += c.tags;
    m.linkTags += c.linkTags;
    m.paragraphs += 'name' in child && child.name === 'p' && c.chars > 15 ? 1 : 0;
  }
  out.set(node, m);
  return m;
}
