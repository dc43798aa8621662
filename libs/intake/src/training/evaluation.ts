import { CATEGORIES, caseClassOf, Confusion, GRADES, LEVELS, rate, TOPICS, type Label, type Rate } from '@app/domain';
import type { Classifier } from '../classifier';
import type { LabelledText, PlainText } from './labelled';

export interface Judged {
  item: LabelledText;
  label: Label;
}

export interface Figure {
  name: string;
  value: number;
  floor: number;
  /** True when the figure must stay below the floor (alarms). */
  below?: boolean;
  detail: string;
}

export function judgeAll(classifier: Classifier, items: readonly LabelledText[]): Judged[] {
  return items.map((item) => ({
    item,
    label: classifier.classify({ title: item.title, text: item.text, publishedAt: item.date }),
  }));
}

const scored = (rows: readonly Judged[]): Judged[] => rows.filter((r) => !r.item.labels.ambiguous);

/** The figures of the table over labelled texts; `large` are the texts about large accidents. */
export function labelledFigures(rows: readonly Judged[], large: readonly Judged[]): Figure[] {
  const level = levelConfusion(rows);
  const major = level.score('major');
  const relevant = new Confusion(['true', 'false']);
  for (const r of scored(rows)) relevant.add(String(r.item.labels.relevant), String(r.label.relevant));
  const clock = clockRates([...rows, ...large]);
  const grade = gradeRate([...rows, ...large]);
  const dead = deadRate([...rows, ...large]);
  const deadGiven = deadRate([...rows, ...large].filter((r) => r.item.labels.dead !== null));
  const topic = rate(rows.filter(topicRight).length, rows.length);
  return [
    {
      name: 'macro-F1 of none/ordinary/major',
      value: level.macroF1(),
      floor: 0.86,
      detail: `${scored(rows).length} texts`,
    },
    { name: 'major: recall', value: major.recall.value, floor: 0.88, detail: show(major.recall) },
    { name: 'major: precision', value: major.precision.value, floor: 0.8, detail: show(major.precision) },
    {
      name: 'relevant: F1',
      value: relevant.score('true').f1,
      floor: 0.92,
      detail: `precision ${show(relevant.score('true').precision)}, recall ${show(relevant.score('true').recall)}`,
    },
    { name: '5-hour clock: recall', value: clock.recall.value, floor: 0.95, detail: show(clock.recall) },
    { name: '5-hour clock: precision', value: clock.precision.value, floor: 0.9, detail: show(clock.precision) },
    { name: 'grade exact, of graded items', value: grade.value, floor: 0.85, detail: show(grade) },
    {
      name: 'dead exact',
      value: dead.value,
      floor: 0.93,
      detail: `${show(dead)}; of texts with a figure ${show(deadGiven)}`,
    },
    { name: 'topic', value: topic.value, floor: 0.75, detail: show(topic) },
  ];
}

export function levelConfusion(rows: readonly Judged[]): Confusion {
  const c = new Confusion(LEVELS);
  for (const r of scored(rows)) c.add(r.item.labels.level, r.label.level);
  return c;
}

/** Items that carry the 5-hour clock; texts whose readers differed on emergency or grade are left out. */
export function clockRates(rows: readonly Judged[]): { recall: Rate; precision: Rate } {
  const known = rows.filter(
    ({ item: { labels } }) => !labels.ambiguous && !labels.ambiguousEmergency && !labels.ambiguousGrade,
  );
  const wanted = known.filter((r) => caseClassOf(r.item.labels) === 'emergency');
  const given = known.filter((r) => caseClassOf(r.label) === 'emergency');
  const hits = wanted.filter((r) => caseClassOf(r.label) === 'emergency').length;
  return { recall: rate(hits, wanted.length), precision: rate(hits, given.length) };
}

function gradeRate(rows: readonly Judged[]): Rate {
  const graded = rows.filter((r) => r.item.labels.grade !== null && !r.item.labels.ambiguousGrade);
  return rate(graded.filter((r) => r.label.grade === r.item.labels.grade).length, graded.length);
}

function deadRate(rows: readonly Judged[]): Rate {
  const known = rows.filter((r) => !r.item.labels.ambiguousDead);
  return rate(known.filter((r) => r.label.dead === r.item.labels.dead).length, known.length);
}

export function topicRight({ item, label }: Judged): boolean {
  return (item.labels.topics ?? [item.labels.topic]).includes(label.topic);
}

export function plainFigures(
  headlines: readonly PlainText[],
  messages: readonly PlainText[],
  classifier: Classifier,
): Figure[] {
  const judged = headlines.map((h) => classifier.classify({ title: h.title, text: h.text }));
  const majors = judged.filter((l) => l.level === 'major').length;
  const relevant = judged.filter((l) => l.relevant).length;
  const people = messages.filter((m) => classifier.classify({ title: m.title, text: m.text }).relevant).length;
  return [
    {
      name: 'ordinary news called major, per 1,000',
      value: (1000 * majors) / judged.length,
      floor: 2,
      below: true,
      detail: `${majors} of ${judged.length} headlines that training has not seen`,
    },
    {
      name: 'ordinary news called relevant, %',
      value: (100 * relevant) / judged.length,
      floor: 3,
      below: true,
      detail: show(rate(relevant, judged.length)),
    },
    {
      name: "citizens' messages called relevant, %",
      value: (100 * people) / messages.length,
      floor: 97,
      detail: show(rate(people, messages.length)),
    },
  ];
}

export function show(r: Rate): string {
  return `${r.hits}/${r.of} = ${r.value.toFixed(3)} [${r.low.toFixed(3)}, ${r.high.toFixed(3)}]`;
}

/** Precision, recall and F1 of each value of each label. */
export function labelTables(rows: readonly Judged[]): string[] {
  const out: string[] = [];
  const table = (
    name: string,
    labels: readonly string[],
    wanted: (r: Judged) => string,
    given: (r: Judged) => string,
    of: readonly Judged[],
  ): void => {
    const c = new Confusion(labels);
    for (const r of of) c.add(wanted(r), given(r));
    for (const label of labels) {
      const s = c.score(label);
      if (s.recall.of === 0 && s.precision.of === 0) continue;
      out.push(`${name} ${label}: precision ${show(s.precision)}, recall ${show(s.recall)}, F1 ${s.f1.toFixed(3)}`);
    }
  };
  const clear = scored(rows);
  table(
    'level',
    LEVELS,
    (r) => r.item.labels.level,
    (r) => r.label.level,
    clear,
  );
  table(
    'emergency',
    ['true'],
    (r) => String(r.item.labels.emergency),
    (r) => String(r.label.emergency),
    clear,
  );
  table(
    'category',
    CATEGORIES,
    (r) => r.item.labels.category ?? '-',
    (r) => r.label.category ?? '-',
    clear,
  );
  table(
    'grade',
    GRADES,
    (r) => r.item.labels.grade ?? '-',
    (r) => r.label.grade ?? '-',
    clear,
  );
  for (const m of ['M1', 'M2', 'M3', 'M4', 'M5', 'M6', 'M7', 'M8']) {
    table(
      m,
      ['true'],
      (r) => String(r.item.labels.m.includes(m)),
      (r) => String(r.label.rules.includes(m)),
      clear,
    );
  }
  table(
    'topic',
    TOPICS,
    (r) => (topicRight(r) ? r.label.topic : r.item.labels.topic),
    (r) => r.label.topic,
    rows,
  );
  return out;
}

export function confusionLines(c: Confusion): string[] {
  const head = ['wanted \\ given', ...c.labels].map((x) => x.padEnd(14)).join('');
  return [
    head,
    ...c.labels.map((w) => [w, ...c.labels.map((g) => String(c.count(w, g)))].map((x) => x.padEnd(14)).join('')),
  ];
}

/** Errors of the level, those with the surest score first. */
export function worstErrors(rows: readonly Judged[], limit: number): string[] {
  const cost = (r: Judged): number =>
    Math.abs(LEVELS.indexOf(r.item.labels.level) - LEVELS.indexOf(r.label.level)) + Math.abs(r.label.score - 0.5);
  return scored(rows)
    .filter((r) => r.label.level !== r.item.labels.level)
    .sort((a, b) => cost(b) - cost(a))
    .slice(0, limit)
    .map(
      (r) =>
        `${r.item.id}: wanted ${r.item.labels.level} ${r.item.labels.m.join(',')}, given ${r.label.level} ${r.label.rules.join(',')} (${r.label.score}): ${r.item.title || r.item.text.slice(0, 40)}`,
    );
}
