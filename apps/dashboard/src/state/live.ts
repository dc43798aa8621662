import { shallowRef } from 'vue';
import { io, type Socket } from 'socket.io-client';
import type { ClientEvents, ServerEvents, WireCaseSummary, WireSource } from '@app/domain';
import { loadAlerts, lastSeq, takeAlert } from './alerts';
import { dropCase, loadBoard, takeCase, takeItem } from './board';
import { correctTime, serverNow } from './server-time';
import { loadMe } from '../api';
import { me, signedInAgain } from './session';

/** The live line to the gateway. The socket is a hint: after every reconnect REST makes the board true again. */
export type Connection = 'connected' | 'reconnecting' | 'offline';
export const connection = shallowRef<Connection>('reconnecting');
/** Server time of the loss of the line; null while connected. */
export const lostAt = shallowRef<number | null>(null);

type CaseListener = (c: WireCaseSummary) => void;
type SourceListener = (s: WireSource) => void;
const caseListeners = new Set<CaseListener>();
const sourceListeners = new Set<SourceListener>();

export function onCase(listener: CaseListener): () => void {
  caseListeners.add(listener);
  return () => caseListeners.delete(listener);
}

export function onSource(listener: SourceListener): () => void {
  sourceListeners.add(listener);
  return () => sourceListeners.delete(listener);
}

const reconnectListeners = new Set<() => void>();
export function onReconnect(listener: () => void): () => void {
  reconnectListeners.add(listener);
  return () => reconnectListeners.delete(listener);
}

/** Minutes of silence after which 重连中 is told as 离线. */
const OFFLINE_AFTER_MS = 15_000;

let socket: Socket<ServerEvents, ClientEvents> | null = null;
let offlineTimer = 0;
let connectedBefore = false;

function lose(): void {
  if (connection.value === 'connected') lostAt.value = serverNow();
  lostAt.value ??= serverNow();
  if (connection.value !== 'offline') connection.value = 'reconnecting';
  clearTimeout(offlineTimer);
  offlineTimer = window.setTimeout(() => {
    if (connection.value !== 'connected') connection.value = 'offline';
  }, OFFLINE_AFTER_MS);
}

function regain(): void {
  clearTimeout(offlineTimer);
  connection.value = 'connected';
  lostAt.value = null;
  if (connectedBefore) {
    void loadBoard();
    void loadAlerts().catch(() => undefined);
    reconnectListeners.forEach((l) => l());
  }
  connectedBefore = true;
}

/** The server closed the line on purpose: either the session ran out or the server is going down. */
async function resume(): Promise<void> {
  try {
    if ((await loadMe()) === null) await signedInAgain();
  } catch {
    // Not reachable: the manager's own retries go on.
  }
  if (socket && !socket.connected) socket.connect();
}

let resumeTimer = 0;
function resumeSoon(): void {
  clearTimeout(resumeTimer);
  resumeTimer = window.setTimeout(() => void resume(), 1500);
}

export function connectLive(): void {
  if (socket || !me.value) return;
  socket = io({
    withCredentials: true,
    // WebSocket first: several gateways behind a plain balancer each see a line whole. Long polling only where a proxy cuts it.
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 5000,
    // A browser that holds nothing says nothing: it has the list from REST, and only what was never delivered is replayed.
    auth: (give) => give(lastSeq() > 0 ? { lastSeq: lastSeq() } : {}),
  });
  socket.on('connect', regain);
  socket.on('disconnect', (reason) => {
    lose();
    if (reason === 'io server disconnect') resumeSoon();
  });
  // A refused handshake is not retried by the client itself.
  socket.on('connect_error', () => {
    lose();
    if (socket && !socket.active) resumeSoon();
  });
  socket.on('time', (p) => correctTime(p.now));
  socket.on('alert', (alert, ack) => {
    takeAlert(alert);
    if (typeof ack === 'function') ack();
  });
  socket.on('case', (c) => {
    takeCase(c);
    caseListeners.forEach((l) => l(c));
  });
  socket.on('gone', (p) => dropCase(p.caseId));
  socket.on('item', takeItem);
  socket.on('source', (s) => sourceListeners.forEach((l) => l(s)));
}

export function disconnectLive(): void {
  socket?.disconnect();
  socket = null;
  connectedBefore = false;
  clearTimeout(offlineTimer);
  clearTimeout(resumeTimer);
}

window.addEventListener('online', () => {
  if (socket && !socket.connected) socket.connect();
});
