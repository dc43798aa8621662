import { io, type Socket } from 'socket.io-client';
import type { WireAlert } from '@app/domain';

/**
 * A child process that holds many browsers' sockets, each of another person, as the dashboard opens them (WebSocket
 * first). Spoken to over IPC by crowd.ts.
 */
export type CrowdOrder =
  /** @param keep the keys of all that comes, for `report`; else only tallies */
  | { kind: 'open'; base: string; cookies: string[]; keep: boolean }
  | { kind: 'connect' | 'disconnect' | 'reset' | 'report' | 'tally' }
  /** Answered once every client holds so many alerts since `reset`, or after so many ms. */
  | { kind: 'await'; alerts: number; withinMs: number };

/** Counts over all clients of one process; waits only of keys that end in `@` and the ms of their raising. */
export interface CrowdTally {
  /** Alerts seen for the first time, since the last tally. */
  came: number;
  /** Alerts sent again although the client had them, since the last tally: a browser drops them by their key. */
  repeats: number;
  /** Numbers that were passed over and have not come until now. */
  missing: number;
  /** How many waited how long, in steps of WAIT_STEP_MS, since the last tally. */
  waits: number[];
  /** Of each client, in the order of the cookies: up to which number it has all. */
  seqs: number[];
}

export interface CrowdAnswer {
  kind: CrowdOrder['kind'];
  connected: number;
  /** Of each client: alerts since `reset`, by key with the ms of the wall clock, in the order they came; repeats count too. */
  got?: { seqs: number[]; came: [string, number][] }[];
  /** Since the last `connect`: ms until each client was connected. */
  connectMs?: number[];
  tally?: CrowdTally;
}

interface Client {
  socket: Socket;
  lastSeq: number;
  /** Numbers below lastSeq that did not come. */
  missing: Set<number>;
  count: number;
  seqs: number[];
  came: [string, number][];
  connectedAt: number;
}

const STEP_MS = 10;
const STEPS = 3_001;
let clients: Client[] = [];
let startedAt = 0;
let [came, repeats] = [0, 0];
let waits = new Array<number>(STEPS).fill(0);

function open(base: string, cookie: string, keep: boolean): Client {
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
  const client: Client = { socket, lastSeq: 0, missing: new Set(), count: 0, seqs: [], came: [], connectedAt: 0 };
  socket.on('connect', () => (client.connectedAt = Date.now()));
  socket.on('alert', (alert: WireAlert, ack: () => void) => {
    const now = Date.now();
    client.count++;
    if (keep) {
      client.seqs.push(alert.seq);
      client.came.push([alert.key, now]);
    }
    note(client, alert, now);
    ack();
  });
  return client;
}

/** The numbers of one person have no gaps: what is passed over is missing until it comes. */
function note(client: Client, alert: WireAlert, now: number): void {
  if (alert.seq > client.lastSeq) {
    for (let seq = client.lastSeq + 1; seq < alert.seq; seq++) client.missing.add(seq);
    client.lastSeq = alert.seq;
  } else if (!client.missing.delete(alert.seq)) {
    repeats++;
    return;
  }
  came++;
  const raisedAt = Number(/@(\d{13})$/.exec(alert.key)?.[1] ?? NaN);
  if (!Number.isNaN(raisedAt)) waits[Math.min(STEPS - 1, Math.max(0, Math.floor((now - raisedAt) / STEP_MS)))]!++;
}

const connected = (): number => clients.filter((c) => c.socket.connected).length;

function tally(): CrowdTally {
  const told: CrowdTally = {
    came,
    repeats,
    missing: clients.reduce((n, c) => n + c.missing.size, 0),
    waits,
    seqs: clients.map((c) => c.lastSeq),
  };
  [came, repeats, waits] = [0, 0, new Array<number>(STEPS).fill(0)];
  return told;
}

async function until(done: () => boolean, withinMs: number): Promise<void> {
  const end = Date.now() + withinMs;
  while (!done() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function follow(order: CrowdOrder): Promise<void> {
  switch (order.kind) {
    case 'open':
      clients = order.cookies.map((cookie) => open(order.base, cookie, order.keep));
      break;
    case 'connect':
      startedAt = Date.now();
      for (const c of clients) c.connectedAt = 0;
      for (const c of clients) c.socket.connect();
      await until(() => connected() === clients.length, 120_000);
      break;
    case 'disconnect':
      for (const c of clients) c.socket.disconnect();
      break;
    case 'reset':
      for (const c of clients) Object.assign(c, { count: 0, seqs: [], came: [] });
      break;
    case 'await':
      await until(() => clients.every((c) => c.count >= order.alerts), order.withinMs);
      break;
    case 'report':
    case 'tally':
      break;
  }
}

process.on('message', (order: CrowdOrder) => {
  void follow(order).then(() => {
    const report =
      order.kind === 'report'
        ? {
            got: clients.map((c) => ({ seqs: c.seqs, came: c.came })),
            connectMs: clients.map((c) => c.connectedAt - startedAt),
          }
        : {};
    const answer: CrowdAnswer = {
      kind: order.kind,
      connected: connected(),
      ...report,
      ...(order.kind === 'tally' ? { tally: tally() } : {}),
    };
    process.send?.(answer);
  });
});
process.on('disconnect', () => process.exit(0));
