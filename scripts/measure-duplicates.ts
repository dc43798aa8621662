/**
 * Measures how reposts and edited versions are known: real texts are reposted with the changes that sites make, and each
 * must be told to be a copy of its text (exact or near) and put into its case. Usage: measure-duplicates FILE.jsonl …
 * Lines: {"title","text"}, or {"source"} alone. Beside it: how many of the different texts themselves are taken for
 * copies of another though most of their character pairs differ.
 */
import { readFileSync } from 'node:fs';
import { ClusterIndex, isPersonalMessage, type Arrival } from '@app/domain';
import { contentHash, EventReader } from '@app/intake';
import { loadSettings } from '@app/settings';
import { Converter } from 'opencc-js/cn2t';

interface Text {
  title: string;
  text: string;
}

const MOST_TEXTS = 1500;
const LEAST_CHARS = 60;
/** Below this cosine of character pairs two texts are not versions of one. */
const DIFFERENT = 0.6;
const HOUR = 3_600_000;

const traditional = Converter({ from: 'cn', to: 'tw' });
const sentences = (s: string): string[] => s.split(/(?<=[。！？!?\n])/).filter((x) => x.trim() !== '');
const wide = (s: string): string => s.replace(/[0-9A-Za-z%]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));

/** The lead goes while at least three fifths of the text stay. */
function withoutLead(text: string): string {
  const [first = '', ...rest] = sentences(text);
  const left = rest.join('');
  return left.length >= text.length * 0.6 ? left : text.slice(Math.ceil(first.length * 0.2));
}

const EDITS: Record<string, (t: Text) => Text> = {
  same: (t) => t,
  'source line added': ({ title, text }) => ({
    title,
    text: `来源：某某发布　编辑：王某\n${text}\n【责任编辑：李某】`,
  }),
  'punctuation changed': ({ title, text }) => ({
    title: title.replace(/[，：]/g, ' '),
    text: text.replace(/，/g, ',').replace(/。/g, '．').replace(/[“”]/g, '"').replace(/：/g, ':'),
  }),
  'blanks and lines': ({ title, text }) => ({ title: ` ${title} `, text: text.replace(/([，。])/g, '$1\n　　') }),
  'lead trimmed': ({ title, text }) => ({ title, text: withoutLead(text) }),
  'end cut': ({ title, text }) => ({ title, text: `${text.slice(0, Math.ceil(text.length * 0.75))}…` }),
  'figures changed': ({ title, text }) => ({
    title: title.replace(/\d+(?=人|名|例|死|伤)/g, (n) => String(Number(n) + 2)),
    text: text.replace(/\d+(?=人|名|例|死|伤|个|万|元)/g, (n) => String(Number(n) + 2)),
  }),
  'full width': ({ title, text }) => ({ title: wide(title), text: wide(text) }),
  traditional: ({ title, text }) => ({ title: traditional(title), text: traditional(text) }),
  'title of the house': ({ title, text }) => ({ title: `快讯｜${title}`, text: `${text}（原标题：${title}）` }),
  'other title': ({ title, text }) => ({
    title: '本地一件事引发关注，详情来了',
    text: title === '' ? text : `${text}`,
  }),
  'paragraph added': ({ title, text }) => ({ title, text: `${text}\n记者将继续关注此事的进展，欢迎读者提供线索。` }),
};

const texts = process.argv.slice(2).flatMap(readTexts).slice(0, MOST_TEXTS);

function readTexts(file: string): Text[] {
  const seen = new Set<string>();
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l) as Record<string, string | undefined>)
    .map((l) => ({ title: l['title'] ?? '', text: l['text'] ?? l['source'] ?? '' }))
    .filter(({ title, text }) => {
      const key = contentHash(title, text);
      if (text.length < LEAST_CHARS || seen.has(key)) return false;
      seen.add(key);
      return true;
    });
}

const reader = new EventReader(loadSettings().configDir);
const arrivalOf = ({ title, text }: Text, at: number): Arrival => ({
  features: reader.read({ title, text }),
  contentHash: contentHash(title, text),
  at,
  personal: isPersonalMessage(title, text),
});

const index = new ClusterIndex();
const arrivals = texts.map((t, i) => arrivalOf(t, (i * HOUR) / 60));
let [alarms, versions] = [0, 0];
const caseOf = new Map<number, string>();
arrivals.forEach((a, i) => {
  const found = index.find(a);
  const copyOf = found?.kind === 'exact' || found?.kind === 'near' ? arrivals[Number(found.copyOf)] : undefined;
  if (copyOf && copyOf.features.grams.cosine(a.features.grams) < DIFFERENT) alarms++;
  else if (copyOf) versions++;
  const id = found?.cluster ?? String(i);
  caseOf.set(i, id);
  index.add(id, { ...a, itemId: String(i) });
});

const rates = Object.entries(EDITS).map(([name, edit]) => {
  const known = texts.filter((t, i) => {
    const found = index.find(arrivalOf(edit(t), (arrivals[i]?.at ?? 0) + HOUR));
    return (found?.kind === 'exact' || found?.kind === 'near') && found.cluster === caseOf.get(i);
  }).length;
  return [name, Math.round((1e4 * known) / texts.length) / 1e4] as const;
});
const mean = rates.reduce((s, [, r]) => s + r, 0) / rates.length;
const figures = {
  texts: texts.length,
  recall: Object.fromEntries(rates),
  meanRecall: Math.round(mean * 1e4) / 1e4,
  /** Versions of one text that the files themselves hold. */
  versionsAmongThem: versions,
  falseAlarms: Math.round((1e4 * alarms) / texts.length) / 1e4,
};
process.stdout.write(`${JSON.stringify(figures, null, 1)}\n`);
