import { Matcher } from './classify/matcher';
import type { Label, Reason, Topic } from './label';

/** A department and its duties in words, as config/departments.yaml keeps them. */
export interface Department {
  id: string;
  name: string;
  leads: Topic[];
  supports: Topic[];
  /** Words of a text that point to it. */
  duties: string[];
}

export interface DepartmentTable {
  region: string;
  /** Takes what points to nobody. */
  fallback: string;
  departments: Department[];
}

export interface DepartmentProposal {
  departmentId: string;
  name: string;
  role: 'lead' | 'support';
  score: number;
  reasons: Reason[];
}

/** A topic that a department leads counts as much as four of its words: the topic is the better witness. */
const LEAD_POINTS = 4;
const SUPPORT_POINTS = 1;
/** Words in the title count double; no word counts more than once, no text more than five words. */
const TITLE_POINTS = 2;
const WORD_LIMIT = 5;
const SUPPORT_LIMIT = 3;
/** A supporting department needs a word of its own in the text, not the topic alone. */
const SUPPORT_LEAST = 2;

/**
 * Proposes the responsible departments from topic and text: one leading, up to three supporting, each with its reasons
 * (positions in `title + "\n" + text`). A person decides; the proposal never assigns.
 */
export function proposeDepartments(
  table: DepartmentTable,
  item: { title: string; text: string; label: Pick<Label, 'topic' | 'rules'> },
): DepartmentProposal[] {
  const firsts = dutyFinderOf(table).find(`${item.title}\n${item.text}`);
  const scored = table.departments.map((d) => scoreDepartment(d, item, firsts)).filter((p) => p.score > 0);
  scored.sort((a, b) => b.score - a.score || order(table, a) - order(table, b));
  const lead = scored[0] ?? fallbackOf(table);
  if (lead === null) return [];
  const supports = scored
    .slice(1)
    .filter((p) => p.score >= SUPPORT_LEAST && p.reasons.some((r) => r.rule === 'duty'))
    .slice(0, SUPPORT_LIMIT);
  return [{ ...lead, role: 'lead' }, ...supports.map((p) => ({ ...p, role: 'support' as const }))];
}

const order = (table: DepartmentTable, p: DepartmentProposal): number =>
  table.departments.findIndex((d) => d.id === p.departmentId);

function fallbackOf(table: DepartmentTable): DepartmentProposal | null {
  const d = table.departments.find((x) => x.id === table.fallback);
  return d === undefined ? null : { departmentId: d.id, name: d.name, role: 'lead', score: 0, reasons: [] };
}

function scoreDepartment(
  d: Department,
  item: { title: string; label: Pick<Label, 'topic' | 'rules'> },
  firsts: ReadonlyMap<string, number>,
): DepartmentProposal {
  const { topic, rules } = item.label;
  const reasons: Reason[] = [];
  let score = 0;
  if (d.leads.includes(topic)) score += LEAD_POINTS;
  else if (d.supports.includes(topic)) score += SUPPORT_POINTS;
  if (score > 0)
    reasons.push({
      rule: 'topic',
      text: topic,
      start: 0,
      end: 0,
      source: `${d.name}${d.leads.includes(topic) ? '主管' : '协管'}「${topic}」`,
    });
  // An accusation against officials goes to discipline, whatever its topic.
  if (rules.includes('M4') && d.leads.includes('政务作风')) score += SUPPORT_POINTS;
  const words = dutyWords(d, firsts);
  for (const w of words) {
    score += w.start < item.title.length ? TITLE_POINTS : 1;
    reasons.push({ rule: 'duty', text: w.text, start: w.start, end: w.end, source: `${d.name}职责` });
  }
  return { departmentId: d.id, name: d.name, role: 'support', score, reasons };
}

function dutyWords(d: Department, firsts: ReadonlyMap<string, number>): { text: string; start: number; end: number }[] {
  const found: { text: string; start: number; end: number }[] = [];
  if (firsts.size === 0) return found;
  for (const word of d.duties) {
    const start = firsts.get(word);
    if (start !== undefined) found.push({ text: word, start, end: start + word.length });
  }
  return found.sort((a, b) => a.start - b.start).slice(0, WORD_LIMIT);
}

/** Where each duty word of a table stands first in a text, in one pass over the text. */
class DutyFinder {
  private readonly matcher: Matcher;

  constructor(table: DepartmentTable) {
    const words = new Set(table.departments.flatMap((d) => d.duties).filter((w) => w !== ''));
    this.matcher = new Matcher(Object.fromEntries([...words].map((w) => [w, [w]])));
  }

  find(text: string): Map<string, number> {
    const firsts = new Map<string, number>();
    const hits = this.matcher.scan(text);
    for (let i = 0; i < hits.count; i++) {
      const word = this.matcher.classNames[hits.classes[i]!]!;
      if (!firsts.has(word)) firsts.set(word, hits.starts[i]!);
    }
    return firsts;
  }
}

const finders = new WeakMap<DepartmentTable, DutyFinder>();

function dutyFinderOf(table: DepartmentTable): DutyFinder {
  const known = finders.get(table) ?? new DutyFinder(table);
  finders.set(table, known);
  return known;
}
