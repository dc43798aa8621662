import { SetMetadata } from '@nestjs/common';
import type { Action } from '@app/domain';

/** What a route needs: an action of the rights table, or `open` for those before the sign-in. */
export type Need = Action | 'open';
export const NEED = 'huiying:need';

/** Names the action of a route. A route without it stops the start: nothing is reachable by oversight. */
export const Allow = (need: Need) => SetMetadata(NEED, need);
