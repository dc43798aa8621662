/** Everything that can go wrong with a source, by name. Permanent faults are not retried soon. */
export const FAULT_KINDS = [
  'refused-address', // SSRF: private or loopback address without leave
  'bad-url', // not http or https
  'too-many-redirects',
  'dns',
  'connect',
  'tls',
  'timeout',
  'too-large', // compressed or decompressed bytes over the limit
  'bad-encoding', // broken gzip, br, deflate
  'cut-off', // the connection ended before the body did
  'http-permanent', // 4xx but 408, 425, 429
  'http-passing', // 5xx, 408, 425
  'rate-limited', // 429
  'robots', // robots.txt says no, or could not be read
  'not-a-feed', // HTML where a feed was expected
  'malformed', // XML or JSON beyond repair
  'empty', // nothing in the body
  'no-items', // 200, but the selector or path found nothing
  'config', // the source's own settings cannot work
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

const PERMANENT: ReadonlySet<FaultKind> = new Set([
  'refused-address',
  'bad-url',
  'http-permanent',
  'config',
  'not-a-feed',
]);

/** An expected failure of a source: a value, not a bug. `message` is Chinese and shown to people. */
export interface IntakeFault {
  kind: FaultKind;
  permanent: boolean;
  message: string;
  /** Seconds the server asked us to wait (Retry-After). */
  retryAfterSeconds?: number;
}

export function fault(kind: FaultKind, message: string, retryAfterSeconds?: number): IntakeFault {
  return {
    kind,
    permanent: PERMANENT.has(kind),
    message,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

/** Carries a fault through code that throws; caught at the edge and turned back into the value. */
export class IntakeFaultError extends Error {
  constructor(readonly fault: IntakeFault) {
    super(fault.message);
    this.name = 'IntakeFaultError';
  }
}

export const fail = (kind: FaultKind, message: string): never => {
  throw new IntakeFaultError(fault(kind, message));
};
