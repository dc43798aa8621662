import { io } from 'socket.io-client';
import type { DataSource } from 'typeorm';
import { openAccountBook } from '@app/accounts';
import type { WireAlert } from '@app/domain';

/** A duty officer's browser: signs in over REST, listens over Socket.IO, notes when each alert came. */
export interface Listener {
  /** alert key → ms of the wall clock at its first arrival. */
  came: Map<string, { at: number; instant: string }>;
  repeats: () => number;
  close(): void;
}

export async function openListener(db: DataSource, base: string, username: string): Promise<Listener> {
  const made = await openAccountBook(db).add({ username, displayName: username, role: 'duty_officer' }, 'bench');
  if (!made.ok) throw new Error(made.reason);
  let cookie = '';
  const send = async (method: string, path: string, body: unknown, csrf = ''): Promise<{ csrfToken?: string }> => {
    const response = await fetch(`${base}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', origin: base, cookie, 'x-csrf-token': csrf },
      body: JSON.stringify(body),
    });
    const set = response.headers.getSetCookie().find((c) => c.startsWith('huiying_session='));
    if (set) cookie = set.split(';')[0] ?? '';
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? {} : ((await response.json()) as { csrfToken?: string });
  };
  const me = await send('POST', '/session', { username, password: made.oneTimePassword });
  await send('POST', '/me/password', { current: made.oneTimePassword, next: 'correct horse battery' }, me.csrfToken);
  const came: Listener['came'] = new Map();
  let repeats = 0;
  let lastSeq = 0;
  const socket = io(base, {
    extraHeaders: { cookie, origin: base },
    auth: (tell) => tell({ lastSeq }),
    transports: ['websocket'],
    reconnectionDelay: 100,
    reconnectionDelayMax: 500,
  });
  socket.on('alert', (alert: WireAlert, ack: () => void) => {
    if (came.has(alert.key)) repeats++;
    else came.set(alert.key, { at: Date.now(), instant: alert.createdAt });
    lastSeq = Math.max(lastSeq, alert.seq);
    ack();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('connect_error', reject);
  });
  return { came, repeats: () => repeats, close: () => void socket.disconnect() };
}
