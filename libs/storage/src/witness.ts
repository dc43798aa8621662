import type { EntityManager } from 'typeorm';

/**
 * Who writes down an act, called in the transaction of the act with what came of it: neither stands without the other. A room
 * that may not know of the audit chain takes one from its caller.
 */
export type Witness<T = void> = (tx: EntityManager, done: T) => Promise<void>;
