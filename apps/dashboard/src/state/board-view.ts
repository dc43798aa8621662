import { computed, reactive, shallowRef, watch } from 'vue';
import type { WireCaseSummary } from '@app/domain';
import { moodOf } from '../countdown';
import { allCases, byUrgency, closedFound, openCases } from './board';
import { now } from './server-time';
import { keepStored, loadStored } from './stored';

/** What of the board is shown and in which order; the order never changes under a moving pointer. */
export const LANES = ['all', 'overdue', 'near', 'emergency', 'unassigned', 'unsigned', 'review'] as const;
export type Lane = (typeof LANES)[number];
export const LANE_TEXT: Record<Lane, string> = {
  all: '全部在办',
  overdue: '超期',
  near: '临近',
  emergency: '重大突发',
  unassigned: '待交办',
  unsigned: '待签收',
  review: '待复核',
};

export interface BoardFilter {
  lane: Lane;
  caseClass: string;
  topic: string;
  state: string;
  departmentId: string;
  /** Code of the place, else its name. */
  region: string;
  source: string;
  words: string;
  closed: boolean;
}

const EMPTY: BoardFilter = { lane: 'all', caseClass: '', topic: '', state: '', departmentId: '', region: '', source: '', words: '', closed: false };
export const filter = reactive<BoardFilter>({ ...EMPTY, ...loadStored<Partial<BoardFilter>>('board-filter', {}) });
watch(filter, () => keepStored('board-filter', { ...filter }));

export function clearFilter(): void {
  Object.assign(filter, EMPTY);
}

/** A saved view, or what was kept of an older version of the page: unknown fields are left out. */
export function applyFilter(wish: Record<string, unknown>): void {
  const known = Object.entries(EMPTY).filter(([key, value]) => typeof wish[key] === typeof value);
  Object.assign(filter, EMPTY, Object.fromEntries(known.map(([key]) => [key, wish[key]])));
  if (!LANES.includes(filter.lane)) filter.lane = 'all';
}

export const regionKeyOf = (c: WireCaseSummary): string => c.place?.code ?? c.place?.name ?? c.region ?? '';

export const filtered = computed(() => (Object.keys(EMPTY) as (keyof BoardFilter)[]).some((k) => filter[k] !== EMPTY[k]));

/** Lanes are counted every five seconds: thousands of cases need no recount each second. */
const coarseNow = computed(() => Math.floor(now.value / 5000) * 5000);

function inLane(c: WireCaseSummary, lane: Lane, at: number): boolean {
  switch (lane) {
    case 'all':
      return true;
    case 'overdue':
      return c.overdueClocks > 0 || (c.nextUp !== null && moodOf(c.nextUp, at) === 'overdue');
    case 'near':
      return c.nextUp !== null && moodOf(c.nextUp, at) === 'near';
    case 'emergency':
      return c.caseClass === 'emergency';
    case 'unassigned':
      return c.state === '待研判' || c.state === '已研判';
    case 'unsigned':
      return c.state === '已交办';
    case 'review':
      return c.needsReview;
  }
}

export const laneCounts = computed(() => {
  const counts = Object.fromEntries(LANES.map((l) => [l, 0])) as Record<Lane, number>;
  for (const c of openCases.value) for (const lane of LANES) if (inLane(c, lane, coarseNow.value)) counts[lane]++;
  return counts;
});

/** What the server finds by its own words (the summary too) passes as well. */
function hasWords(c: WireCaseSummary, words: string): boolean {
  return [c.title, c.code, c.region, c.place?.name].some((text) => text?.includes(words));
}

function passes(c: WireCaseSummary): boolean {
  const words = filter.words.trim();
  return (
    (filter.caseClass === '' || c.caseClass === filter.caseClass) &&
    (filter.topic === '' || c.topic === filter.topic) &&
    (filter.state === '' || c.state === filter.state) &&
    (filter.departmentId === '' || c.departmentId === filter.departmentId) &&
    (filter.region === '' || regionKeyOf(c) === filter.region) &&
    (filter.source === '' || c.sources.includes(filter.source)) &&
    (words === '' || hasWords(c, words) || closedFound.value.ids.has(c.id))
  );
}

const wanted = computed(() => {
  const from = filter.closed ? allCases.value : openCases.value;
  return byUrgency(from.filter((c) => inLane(c, filter.lane, coarseNow.value) && passes(c)));
});

/** Pointer rests count as moving for this long; a mouse left lying on the list must not freeze it for the night. */
const STILL_AFTER_MS = 20_000;
export const order = shallowRef<string[]>([]);
let touchedAt = -Infinity;
let recheck = 0;

export function touchList(): void {
  touchedAt = performance.now();
}

export function leaveList(): void {
  touchedAt = -Infinity;
  arrange();
}

export function arrange(): void {
  const ids = wanted.value.map((c) => c.id);
  if (ids.length !== order.value.length || ids.some((id, n) => order.value[n] !== id)) order.value = ids;
}

/** Rows that would move or appear if the order were renewed now. */
export const pendingMoves = computed(() => {
  const shown = new Set(order.value);
  const fresh = wanted.value.filter((c) => !shown.has(c.id)).length;
  const moved = wanted.value.length !== order.value.length || wanted.value.some((c, n) => order.value[n] !== c.id);
  return { fresh, moved };
});

watch(
  wanted,
  () => {
    clearTimeout(recheck);
    const quietFor = performance.now() - touchedAt;
    if (quietFor >= STILL_AFTER_MS) arrange();
    else recheck = window.setTimeout(() => performance.now() - touchedAt >= STILL_AFTER_MS && arrange(), STILL_AFTER_MS - quietFor + 50);
  },
  { immediate: true },
);
// A filter is the person's own wish: it takes effect at once.
watch(filter, arrange, { flush: 'post' });
