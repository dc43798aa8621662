import type { TokenScope } from './token-scope';

/** A token as lists show it; the key itself is never among it. */
export interface WireToken {
  id: string;
  name: string;
  scopes: TokenScope[];
  /** Of the person as whom it acts; null: a program. */
  username: string | null;
  region: string | null;
  createdAt: string;
  createdBy: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
  revokedAt: string | null;
}
