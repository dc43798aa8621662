import { createReadStream, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Category, Grade, Level } from '@app/domain';

/** A text with the labels of its readers, as the data folder keeps them. */
export interface LabelledText {
  id: string;
  title: string;
  text: string;
  date: string | null;
  labels: {
    relevant: boolean;
    level: Level;
    emergency: boolean;
    category: Category | null;
    grade: Grade | null;
    dead: number | null;
    injured: number | null;
    topic: string;
    m: string[];
    topics?: string[];
    ambiguous?: boolean;
    ambiguousEmergency?: boolean;
    ambiguousGrade?: boolean;
    ambiguousDead?: boolean;
  };
}

export interface PlainText {
  title: string;
  text: string;
  section: string;
}

/** Sections that stand for news that concerns no government (issue: ordinary news). */
export const ORDINARY_SECTIONS = new Set([
  'sports',
  'sport',
  'entertainment',
  'game',
  'finance',
  'stock',
  'stocks',
  'car',
  'tech',
  'fashion',
  'travel',
]);

export async function readJsonLines<T>(file: string): Promise<T[]> {
  if (!existsSync(file)) throw new Error(`${file} is missing`);
  const rows: T[] = [];
  let n = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    n++;
    if (line.trim() === '') continue;
    try {
      rows.push(JSON.parse(line) as T);
    } catch (error) {
      throw new Error(`${file}:${n}: ${(error as Error).message}`);
    }
  }
  return rows;
}

export const readLabelled = (dataDir: string, name: string): Promise<LabelledText[]> =>
  readJsonLines(join(dataDir, 'labelled', `${name}.jsonl`));

/** Headlines of the ordinary sections. `part` 0 are the lines that training uses, 1 those kept for measuring. */
export async function readHeadlines(dataDir: string, part: 0 | 1): Promise<PlainText[]> {
  const rows = await readJsonLines<{ label: string; text: string }>(join(dataDir, 'headlines', 'headlines.jsonl'));
  return rows
    .filter((r, i) => ORDINARY_SECTIONS.has(r.label) && i % 2 === part)
    .map((r) => ({ title: r.text, text: '', section: r.label }));
}

/** Citizens' messages; `part` as above. */
export async function readMessages(file: string, part: 0 | 1): Promise<PlainText[]> {
  const rows = await readJsonLines<{ title: string; text: string }>(file);
  return rows.filter((_, i) => i % 2 === part).map((r) => ({ title: r.title, text: r.text, section: 'message' }));
}

/**
 * Texts without labels, from which vectors of words are learned: every text of the folders but the halves kept for
 * measuring. A file that is not there is passed over.
 */
export async function readUnlabelled(dataDir: string, messagesFile: string): Promise<PlainText[]> {
  const out: PlainText[] = (await readMessages(messagesFile, 0)).slice();
  const headlines = await readJsonLines<{ text: string }>(join(dataDir, 'headlines', 'headlines.jsonl'));
  out.push(...headlines.filter((_, i) => i % 2 === 0).map((h) => ({ title: h.text, text: '', section: 'headline' })));
  for (const name of ['hot', 'debunks', 'articles']) {
    const file = join(dirname(messagesFile), `${name}.jsonl`);
    if (existsSync(file)) out.push(...(await readJsonLines<{ title: string; text: string }>(file)).map((r) => ({ title: r.title, text: r.text, section: name })));
  }
  const pairs = ['same-event', 'same-topic'].map((name) => join(dataDir, 'same-event', `${name}.train.jsonl`)).filter(existsSync);
  const texts = new Set<string>();
  for (const file of pairs) for (const { source, target } of await readJsonLines<{ source: string; target: string }>(file)) texts.add(source).add(target);
  for (const text of texts) out.push({ title: '', text, section: 'news' });
  return out;
}
