import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { EngineFigures, EngineHealth } from '@app/response';
import { LifeSign, WELL_WITHIN_MS } from './life-sign.service';

let server: Server;
let url: string;
let status = 200;
const bodies: string[] = [];
const state = { lagMs: 0, unaddressedMs: 0, away: false };
const engine = {
  load: () => (state.away ? Promise.reject(new Error('no database')) : Promise.resolve(state as unknown as EngineFigures)),
} as EngineHealth;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString())).on('end', () => {
      bodies.push(body);
      response.writeHead(status).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping`;
});
afterAll(() => server.close());
beforeEach(() => {
  bodies.length = 0;
  status = 200;
  Object.assign(state, { lagMs: 0, unaddressedMs: 0, away: false });
});

const sign = (lifeSign: { url: string; everySeconds: number } | null): LifeSign =>
  new LifeSign(engine, { alerts: { receiptMinutes: 15, lifeSign }, deployment: { name: '某县' } } as never);

it('goes out while clocks fire and alerts are addressed in time', async () => {
  expect(await sign({ url, everySeconds: 60 }).send()).toBe(true);
  expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ system: 'huiying', deployment: '某县' });
});

it.each([
  ['clocks fire late', { lagMs: WELL_WITHIN_MS + 1 }],
  ['an alert waits for its recipients', { unaddressedMs: WELL_WITHIN_MS + 1 }],
  ['the database is away', { away: true }],
])('is withheld when %s', async (_what, fault) => {
  Object.assign(state, fault);
  expect(await sign({ url, everySeconds: 60 }).send()).toBe(false);
  expect(bodies).toEqual([]);
});

it('that is not taken is told apart from one that is, and an unreachable watcher breaks nothing', async () => {
  status = 500;
  expect(await sign({ url, everySeconds: 60 }).send()).toBe(false);
  expect(await sign({ url: 'http://127.0.0.1:1/', everySeconds: 60 }).send()).toBe(false);
});

it('begins at the start, repeats, and ends with the process; without an address nothing is sent', async () => {
  const running = sign({ url, everySeconds: 0.05 });
  running.onApplicationBootstrap();
  while (bodies.length < 3) await new Promise((next) => setTimeout(next, 10));
  await running.onApplicationShutdown();
  const sent = bodies.length;
  await new Promise((next) => setTimeout(next, 150));
  expect(bodies).toHaveLength(sent);
  const none = sign(null);
  none.onApplicationBootstrap();
  expect(await none.send()).toBe(false);
  expect(bodies).toHaveLength(sent);
});
