import type { Change } from './case-change';
import { isRunning, lockClocks } from './clock-row';

/**
 * A matter of the second ring ends with its last term: nothing else is asked of it. What is watched goes on, and a 舆情 is
 * closed by a person.
 */
export async function matterEnded({ manager, c }: Change): Promise<boolean> {
  if (c.trigger === null || c.trigger === 'site-watched') return false;
  return !(await lockClocks(manager, c.id)).some(isRunning);
}
