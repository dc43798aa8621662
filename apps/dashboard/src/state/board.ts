import { computed, shallowRef } from 'vue';
import type { BoardTotals, CaseClass, WireCaseSummary, WireItem } from '@app/domain';
import { callApi, explain } from '../api';
import { surplus } from './surplus';

/** Open cases and the newest items, kept live by the socket and made true again by REST after each reconnect. */
const cases = new Map<string, WireCaseSummary>();
/** Grows with every shown change; a row in sight follows it at once. */
const revision = shallowRef(0);
/** Follows `revision`, with many cases once a second at most: order and counts of thousands need no more. */
const settled = shallowRef(0);
const MANY = 500;
const SETTLE_MS = 1000;
let settling = 0;

function changed(): void {
  revision.value++;
  if (cases.size < MANY) settled.value++;
  else if (settling === 0) settling = window.setTimeout(settle, SETTLE_MS);
}

/** A page that is open for weeks sees thousands of cases end: so many stay, beside those that were asked for. */
const MOST_CLOSED = 300;
const isOver = (c: WireCaseSummary): boolean => CLOSED.has(c.state) && c.openClocks === 0;

function forgetOver(): void {
  const over = [...cases.values()].filter((c) => isOver(c) && !closedFound.value.ids.has(c.id));
  for (const c of surplus(over, MOST_CLOSED)) cases.delete(c.id);
}

function settle(): void {
  clearTimeout(settling);
  settling = 0;
  forgetOver();
  settled.value++;
}

export const boardLoaded = shallowRef(false);
export const boardError = shallowRef<string | null>(null);
export const recentItems = shallowRef<WireItem[]>([]);

const CLOSED = new Set(['已办结', '已归档', '不予受理']);
const RECENT_LIMIT = 100;

interface BoardAnswer {
  now: string;
  cases: WireCaseSummary[];
  totals: BoardTotals;
}

const REST_PAGE = 500;
let loads = 0;

/** The most urgent come with the board; with thousands open the others follow page by page, while one can work already. */
async function loadRest(present: Set<string>, total: number, own: number): Promise<void> {
  for (let page = 1; present.size < total && own === loads; page++) {
    const answer = await callApi<{ cases: WireCaseSummary[] }>(`/cases?state=open&size=${REST_PAGE}&page=${page}`);
    if (answer.cases.length === 0) break;
    answer.cases.forEach((c) => present.add(c.id));
    answer.cases.forEach(applyCase);
    changed();
  }
}

export async function loadBoard(): Promise<void> {
  const own = ++loads;
  // What came or changed on the socket meanwhile is not stale, whatever the pages say.
  const before = new Map([...cases].map(([id, c]) => [id, c.version]));
  try {
    const [board, items] = await Promise.all([
      callApi<BoardAnswer>('/board'),
      callApi<{ items: WireItem[] }>('/items?limit=60'),
    ]);
    const present = new Set(board.cases.map((c) => c.id));
    board.cases.forEach(applyCase);
    revision.value++;
    settle();
    recentItems.value = items.items;
    boardLoaded.value = true;
    boardError.value = null;
    await loadRest(present, board.totals.open, own);
    if (own !== loads) return;
    for (const [id, c] of [...cases]) if (!present.has(id) && !CLOSED.has(c.state) && c.version <= (before.get(id) ?? -1)) cases.delete(id);
    revision.value++;
    settle();
  } catch (error) {
    boardError.value = explain(error);
  }
}

/** Older versions are dropped: REST and socket may cross on the way. */
function applyCase(c: WireCaseSummary): void {
  const known = cases.get(c.id);
  if (known && known.version > c.version) return;
  cases.set(c.id, c);
}

let pendingCases: WireCaseSummary[] = [];
let pendingItems: WireItem[] = [];
let flushing = 0;
let streaming = 0;

/** Many updates a second are shown together: cases ten times a second at most, the stream of items twice. */
function flushCases(): void {
  flushing = 0;
  pendingCases.forEach(applyCase);
  pendingCases = [];
  changed();
}

function flushItems(): void {
  streaming = 0;
  const known = new Set(recentItems.value.map((i) => i.id));
  const fresh = pendingItems.filter((i) => !known.has(i.id)).reverse();
  recentItems.value = [...fresh, ...recentItems.value].slice(0, RECENT_LIMIT);
  pendingItems = [];
}

export function takeCase(c: WireCaseSummary): void {
  if (c.secondRing) return;
  pendingCases.push(c);
  if (flushing === 0) flushing = window.setTimeout(flushCases, 100);
}

/** Another unit has it now: it is no longer shown here. */
export function dropCase(id: string): void {
  pendingCases = pendingCases.filter((c) => c.id !== id);
  if (cases.delete(id)) changed();
}

export function takeItem(i: WireItem): void {
  pendingItems.push(i);
  if (streaming === 0) streaming = window.setTimeout(flushItems, 500);
}

export function caseById(id: string): WireCaseSummary | undefined {
  return revision.value >= 0 ? cases.get(id) : undefined;
}

export const allCases = computed(() => (settled.value >= 0 ? [...cases.values()] : []));
export const openCases = computed(() => allCases.value.filter((c) => !CLOSED.has(c.state) || c.openClocks > 0));

const GRAVITY: Record<CaseClass, number> = { emergency: 0, major: 1, ordinary: 2 };

/** As the server: emergencies that run, then what is late by gravity and the oldest limit, then the next limit; what stands still and what has no clock last. */
type Urgency = readonly [group: number, inTime: number, gravity: number, at: number];
const urgencies = new WeakMap<WireCaseSummary, Urgency>();

function urgencyOf(c: WireCaseSummary): Urgency {
  const known = urgencies.get(c);
  if (known) return known;
  const late = c.overdueClocks > 0;
  const runs = late || c.nextUp !== null;
  const clock = late ? c.nearest : (c.nextUp ?? c.nearest);
  const group = runs && c.caseClass === 'emergency' ? 0 : late ? 1 : c.nextUp ? 2 : clock ? 3 : 4;
  const urgency: Urgency = [group, late ? 0 : 1, late ? GRAVITY[c.caseClass] : 0, clock ? Date.parse(clock.dueAt) : -Date.parse(c.detectedAt)];
  urgencies.set(c, urgency);
  return urgency;
}

export function byUrgency(list: WireCaseSummary[]): WireCaseSummary[] {
  return list
    .map((c) => ({ c, u: urgencyOf(c) }))
    .sort((a, b) => a.u[0] - b.u[0] || a.u[1] - b.u[1] || a.u[2] - b.u[2] || a.u[3] - b.u[3] || Number(b.c.id) - Number(a.c.id))
    .map((row) => row.c);
}

const CLOSED_PAGE = 100;

/** Closed cases are not on the board's answer: the server is asked for them, page by page, the newest first. */
export interface ClosedFound {
  ids: ReadonlySet<string>;
  total: number;
  page: number;
}
const NONE_FOUND: ClosedFound = { ids: new Set(), total: 0, page: 0 };
export const closedFound = shallowRef<ClosedFound>(NONE_FOUND);
let asked = 0;

/** `wish`: q, caseClass, topic, departmentId, as GET /cases takes them; empty ones are left out. */
export async function findClosed(wish: Record<string, string>, next = false): Promise<void> {
  const own = ++asked;
  const page = next ? closedFound.value.page + 1 : 1;
  const given = Object.entries(wish).filter(([, value]) => value !== '');
  const query = new URLSearchParams({ ...Object.fromEntries(given), state: 'closed', page: String(page), size: String(CLOSED_PAGE) });
  const answer = await callApi<{ cases: WireCaseSummary[]; total: number }>(`/cases?${query.toString()}`);
  if (own !== asked) return;
  answer.cases.forEach(applyCase);
  closedFound.value = { ids: new Set([...(next ? closedFound.value.ids : []), ...answer.cases.map((c) => c.id)]), total: answer.total, page };
  revision.value++;
  settle();
}

export function dropClosed(): void {
  asked++;
  closedFound.value = NONE_FOUND;
}

export function forgetBoard(): void {
  loads++;
  cases.clear();
  revision.value++;
  settle();
  recentItems.value = [];
  dropClosed();
  boardLoaded.value = false;
}
