import type { FeedItem } from '@app/domain';
import type { DemoScript } from '@app/settings';

/** Kept in source_state.cursor, so that a restart goes on where the day was. */
export interface DemoCursor {
  startedAt: string;
  played: number;
}

export interface DemoStep {
  items: FeedItem[];
  cursor: DemoCursor;
  /** When the next entry appears; null after the last. */
  nextAt: Date | null;
}

/**
 * The entries of one channel that have appeared by `now`. Each is dated to the moment it appears, once, under a
 * stable guid. @param speed demonstration minutes per real minute
 */
export function playDemo(
  script: DemoScript,
  channel: string,
  held: Partial<DemoCursor>,
  now: Date,
  speed: number,
): DemoStep {
  const startedAt = typeof held.startedAt === 'string' ? held.startedAt : now.toISOString();
  const start = Date.parse(startedAt);
  const entries = script.entries.filter((e) => e.channel === channel).sort((a, b) => minutes(a.at) - minutes(b.at));
  const appears = (at: string): number => start + (minutes(at) / speed) * 60_000;
  const played = Math.min(typeof held.played === 'number' ? held.played : 0, entries.length);
  const due = entries.slice(played).filter((e) => appears(e.at) <= now.getTime());
  const next = entries[played + due.length];
  return {
    items: due.map((e) => ({
      title: e.title,
      text: e.text.trim(),
      url: null,
      publishedAt: new Date(appears(e.at)),
      certain: true,
      guid: e.id,
    })),
    cursor: { startedAt, played: played + due.length },
    nextAt: next ? new Date(appears(next.at)) : null,
  };
}

function minutes(at: string): number {
  const [h = 0, m = 0] = at.split(':').map(Number);
  return h * 60 + m;
}
