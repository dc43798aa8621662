import { rows, type Querier } from '@app/storage';

const ITEM_TURN_KEY = 727_001;

/**
 * One at a time decides which case an item belongs to, over all processes: clustering for what arrives, a person who
 * merges or splits. Held to the end of the transaction; taken before any case is locked.
 */
export async function takeItemTurn(on: Querier): Promise<void> {
  await rows(on, 'select pg_advisory_xact_lock($1)', [ITEM_TURN_KEY]);
}

/** Kinds of events by which items changed their case. */
export const MOVE_KINDS = ['merged', 'unmerged', 'split'] as const;
