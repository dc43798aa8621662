/**
 * Measures clustering by B-cubed: of each report of a labelled event, the share of its case that is the same event
 * (precision) and the share of its event that is in its case (recall), reports put in cases in order of time.
 * Usage: measure-clusters EVENTS.jsonl [STRANGERS.jsonl …]
 * EVENTS: {"event","title","text","at"}. STRANGERS: {"title","text"}, up to 900 of each file, each another matter; their
 * times are spread over the time of the events, always the same way.
 */
import { readFileSync } from 'node:fs';
import { ClusterIndex, findPlace, isPersonalMessage, type Arrival } from '@app/domain';
import { contentHash, EventReader } from '@app/intake';
import { loadGazetteer, loadSettings } from '@app/settings';

const MOST_STRANGERS = 900;
const SPREAD_MS = 4 * 86_400_000;

interface Report {
  event: string | null;
  title: string;
  text: string;
  at: number;
}

const { configDir, deployment } = loadSettings();
const reader = new EventReader(configDir);
const gazetteer = loadGazetteer(deployment);
const [eventsFile = '', ...strangerFiles] = process.argv.slice(2);
const events = linesOf(eventsFile).map((l): Report => ({
  ...textOf(l),
  event: l['event'] ?? null,
  at: instantOf(l['at'] ?? ''),
}));
const strangers = strangerFiles.flatMap((file, f) =>
  linesOf(file)
    .slice(0, MOST_STRANGERS)
    .map((l, i): Report => ({ ...textOf(l), event: null, at: spread(i * strangerFiles.length + f) })),
);

function linesOf(file: string): Record<string, string>[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l) as Record<string, string>);
}

function textOf(l: Record<string, string>): { title: string; text: string } {
  return { title: l['title'] ?? '', text: l['text'] ?? '' };
}

/** `2016-07-25 08:29`, Beijing time; the day alone counts as its morning. */
function instantOf(written: string): number {
  const [day = '', time = '09:00'] = written.split(' ');
  return Date.parse(`${day}T${time.slice(0, 5)}:00+08:00`);
}

/** Golden-ratio steps: even over the events and in no order, the same in every run. */
function spread(i: number): number {
  const [a, b] = [(i * 0.618033988749895) % 1, (i * 0.754877666246693) % 1];
  return (events[Math.floor(a * events.length)]?.at ?? 0) + (b - 0.5) * SPREAD_MS;
}

function arrivalOf({ title, text, at }: Report): Arrival {
  const place = findPlace(gazetteer, { title, text });
  return {
    features: reader.read({ title, text }),
    contentHash: contentHash(title, text),
    at,
    place: place.code ?? (place.relation === 'abroad' ? place.name : null),
    personal: isPersonalMessage(title, text),
  };
}

const stream = [...events, ...strangers].sort((a, b) => a.at - b.at);
const index = new ClusterIndex();
const cases = new Map<string, Report[]>();
const caseOf = new Map<Report, string>();
const began = performance.now();
for (const report of stream) {
  const arrival = arrivalOf(report);
  const id = index.find(arrival)?.cluster ?? String(cases.size + 1);
  index.add(id, arrival);
  cases.set(id, [...(cases.get(id) ?? []), report]);
  caseOf.set(report, id);
}
const msPerItem = (performance.now() - began) / stream.length;

const mean = (xs: number[]): number => Math.round((1000 * xs.reduce((s, x) => s + x, 0)) / (xs.length || 1)) / 1000;
const members = (r: Report): Report[] => cases.get(caseOf.get(r) ?? '') ?? [];
const alike = (r: Report): number => members(r).filter((x) => x.event === r.event).length;
const sizeOf = (event: string | null): number => events.filter((e) => e.event === event).length;
const precision = mean(events.map((r) => alike(r) / members(r).length));
const recall = mean(events.map((r) => alike(r) / sizeOf(r.event)));
const perEvent = [...new Set(events.map((e) => e.event))].map((event) => {
  const own = events.filter((e) => e.event === event);
  return {
    event,
    reports: own.length,
    cases: new Set(own.map((r) => caseOf.get(r))).size,
    largest: Math.max(...own.map(alike)),
  };
});
const f1 = Math.round((2000 * precision * recall) / (precision + recall || 1)) / 1000;
const joined = [...cases.values()].filter((c) => c.filter((r) => r.event === null).length > 1).length;
const figures = {
  reports: events.length,
  strangers: strangers.length,
  precision,
  recall,
  f1,
  perEvent,
  casesOfSeveralStrangers: joined,
};
process.stdout.write(`${JSON.stringify({ ...figures, msPerItem: Math.round(msPerItem * 100) / 100 }, null, 1)}\n`);
