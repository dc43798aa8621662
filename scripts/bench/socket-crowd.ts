import { io, type Socket } from 'socket.io-client';
import type { WireAlert } from '@app/domain';

/**
 * A child process that holds many browsers' sockets, each of another person, as the dashboard opens them (WebSocket
 * first). Spoken to over IPC by sockets.bench.ts.
 */
export type CrowdOrder =
  | { kind: 'open'; base: string; cookies: string[] }
  | { kind: 'connect' | 'disconnect' | 'reset' | 'report' }
  /** Answered once every client holds so many alerts since `reset`, or after so many ms. */
  | { kind: 'await'; alerts: number; withinMs: number };

export interface CrowdAnswer {
  kind: CrowdOrder['kind'];
  connected: number;
  /** Of each client: alerts since `reset`, by key with the ms of the wall clock, in the order they came; repeats count too. */
  got?: { seqs: number[]; came: [string, number][] }[];
  /** Since the last `connect`: ms until each client was connected. */
  connectMs?: number[];
}

interface Client {
  socket: Socket;
  lastSeq: number;
  seqs: number[];
  came: [string, number][];
  connectedAt: number;
}

let clients: Client[] = [];
let startedAt = 0;

function open(base: string, cookie: string): Client {
  const socket = io(base, {
    extraHeaders: { cookie, origin: base },
    auth: (tell) => tell({ lastSeq: client.lastSeq }),
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    autoConnect: false,
    forceNew: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 5000,
  });
  const client: Client = { socket, lastSeq: 0, seqs: [], came: [], connectedAt: 0 };
  socket.on('connect', () => (client.connectedAt = Date.now()));
  socket.on('alert', (alert: WireAlert, ack: () => void) => {
    client.seqs.push(alert.seq);
    client.came.push([alert.key, Date.now()]);
    client.lastSeq = Math.max(client.lastSeq, alert.seq);
    ack();
  });
  return client;
}

const connected = (): number => clients.filter((c) => c.socket.connected).length;

async function until(done: () => boolean, withinMs: number): Promise<void> {
  const end = Date.now() + withinMs;
  while (!done() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function follow(order: CrowdOrder): Promise<void> {
  switch (order.kind) {
    case 'open':
      clients = order.cookies.map((cookie) => open(order.base, cookie));
      break;
    case 'connect':
      startedAt = Date.now();
      for (const c of clients) {
        c.connectedAt = 0;
        c.socket.connect();
      }
      await until(() => connected() === clients.length, 60_000);
      break;
    case 'disconnect':
      for (const c of clients) c.socket.disconnect();
      break;
    case 'reset':
      for (const c of clients) Object.assign(c, { seqs: [], came: [] });
      break;
    case 'await':
      await until(() => clients.every((c) => c.seqs.length >= order.alerts), order.withinMs);
      break;
    case 'report':
      break;
  }
}

process.on('message', (order: CrowdOrder) => {
  void follow(order).then(() => {
    const report = order.kind === 'report' ? { got: clients.map(({ seqs, came }) => ({ seqs, came })), connectMs: clients.map((c) => c.connectedAt - startedAt) } : {};
    const answer: CrowdAnswer = { kind: order.kind, connected: connected(), ...report };
    process.send?.(answer);
  });
});
process.on('disconnect', () => process.exit(0));
