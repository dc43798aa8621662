import { computed, shallowReactive, shallowRef } from 'vue';
import type { WireCaseSummary, WireItem } from '@app/domain';
import { callApi, explain } from '../api';

/** Open cases and the newest items, kept live by the socket and made true again by REST after each reconnect. */
const cases = shallowReactive(new Map<string, WireCaseSummary>());
export const boardLoaded = shallowRef(false);
export const boardError = shallowRef<string | null>(null);
export const recentItems = shallowRef<WireItem[]>([]);

const CLOSED = new Set(['已办结', '已归档', '不予受理']);
const RECENT_LIMIT = 200;

interface BoardAnswer {
  now: string;
  cases: WireCaseSummary[];
}

export async function loadBoard(): Promise<void> {
  try {
    const [board, items] = await Promise.all([
      callApi<BoardAnswer>('/board'),
      callApi<{ items: WireItem[] }>('/items?limit=60'),
    ]);
    const present = new Set(board.cases.map((c) => c.id));
    for (const id of [...cases.keys()]) if (!present.has(id)) cases.delete(id);
    board.cases.forEach(applyCase);
    recentItems.value = items.items;
    boardLoaded.value = true;
    boardError.value = null;
  } catch (error) {
    boardError.value = explain(error);
  }
}

/** Older versions are dropped: REST and socket may cross on the way. */
export function applyCase(c: WireCaseSummary): void {
  const known = cases.get(c.id);
  if (known && known.version > c.version) return;
  cases.set(c.id, c);
}

let pendingCases: WireCaseSummary[] = [];
let pendingItems: WireItem[] = [];
let flushing = 0;

function flush(): void {
  flushing = 0;
  pendingCases.forEach(applyCase);
  pendingCases = [];
  if (pendingItems.length > 0) {
    const known = new Set(recentItems.value.map((i) => i.id));
    const fresh = pendingItems.filter((i) => !known.has(i.id)).reverse();
    recentItems.value = [...fresh, ...recentItems.value].slice(0, RECENT_LIMIT);
    pendingItems = [];
  }
}

/** Many updates a second are shown together, ten times a second at most. */
function soon(): void {
  if (flushing === 0) flushing = window.setTimeout(flush, 100);
}

export function takeCase(c: WireCaseSummary): void {
  pendingCases.push(c);
  soon();
}

export function takeItem(i: WireItem): void {
  pendingItems.push(i);
  soon();
}

export function caseById(id: string): WireCaseSummary | undefined {
  return cases.get(id);
}

export const allCases = computed(() => [...cases.values()]);
export const openCases = computed(() => allCases.value.filter((c) => !CLOSED.has(c.state) || c.openClocks > 0));

/** Emergencies first, then the nearest deadline; cases without a running clock last, newest first. */
export function compareUrgency(a: WireCaseSummary, b: WireCaseSummary): number {
  const emergencyA = a.caseClass === 'emergency' && a.nearest !== null;
  const emergencyB = b.caseClass === 'emergency' && b.nearest !== null;
  if (emergencyA !== emergencyB) return emergencyA ? -1 : 1;
  if (a.nearest && b.nearest) {
    const suspendedA = a.nearest.state === 'suspended';
    if (suspendedA !== (b.nearest.state === 'suspended')) return suspendedA ? 1 : -1;
    return Date.parse(a.nearest.dueAt) - Date.parse(b.nearest.dueAt) || Number(a.id) - Number(b.id);
  }
  if (a.nearest || b.nearest) return a.nearest ? -1 : 1;
  return Date.parse(b.detectedAt) - Date.parse(a.detectedAt);
}

export function forgetBoard(): void {
  cases.clear();
  recentItems.value = [];
  boardLoaded.value = false;
}
