import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a changing request (or a socket's handshake) comes from our own pages. Browsers always send
 * Origin with them; programs send none and are judged by session and CSRF token alone.
 * The scheme is not compared: behind a proxy that ends TLS the gateway sees plain HTTP.
 */
export function isOwnOrigin(headers: IncomingHttpHeaders, host: string | undefined): boolean {
  const origin = headers.origin;
  if (origin === undefined) {
    const site = headers['sec-fetch-site'];
    return site === undefined || site === 'same-origin' || site === 'none';
  }
  try {
    return host !== undefined && new URL(origin).host === host.toLowerCase();
  } catch {
    return false;
  }
}
