import { io } from 'socket.io-client';
import type { DataSource } from 'typeorm';
import type { WireAlert } from '@app/domain';
import { openSession } from './browser-session';

/** A duty officer's browser: signs in over REST, listens over Socket.IO, notes when each alert came. */
export interface Listener {
  /** alert key → ms of the wall clock at its first arrival. */
  came: Map<string, { at: number; instant: string }>;
  repeats: () => number;
  close(): void;
}

export async function openListener(db: DataSource, base: string, username: string): Promise<Listener> {
  const { cookie } = await openSession(db, base, username, 'duty_officer');
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
