/** A subscription of another program, as the administrator sees it; never its secret, nor the address with its keys. */
export interface WireWebhook {
  name: string;
  host: string;
  /** `case`, `clock`, or single ones such as `case.assigned`. */
  events: string[];
  region: string | null;
  departmentId: string | null;
  /** `new`: the process that sends has not started since it was set up. */
  state: 'new' | 'ok' | 'failing' | 'paused';
  sent: number;
  waiting: number;
  fails: number;
  lastFault: string | null;
  failingSince: string | null;
  nextTryAt: string | null;
  pausedAt: string | null;
  lastOkAt: string | null;
}
