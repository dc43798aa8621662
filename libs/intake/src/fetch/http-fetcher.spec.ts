import { createServer as createPlainServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { AddressGuard } from './address-guard';
import { LOOPBACK_CERTIFICATE } from './certificate.fixture';
import { DEFAULT_LIMITS, HttpFetcher } from './http-fetcher';
import { RobotsBook } from './robots-book';

let server: Server;
let base: string;
beforeAll(async () => {
  server = createServer(LOOPBACK_CERTIFICATE, (_, r) => void r.end('ok'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('HTTPS', () => {
  it('reads from the connection when the certificate ends', async () => {
    const http = new HttpFetcher(new AddressGuard(['127.0.0.1']), 'x', DEFAULT_LIMITS, LOOPBACK_CERTIFICATE.cert);
    expect(http.certificateEnd(base)).toBeNull();
    expect((await http.fetch({ url: `${base}/` })).ok).toBe(true);
    expect(http.certificateEnd(`${base}/feed.xml`)).toEqual(new Date(LOOPBACK_CERTIFICATE.endsAt));
    await http.close();
  });

  it('names a certificate that nobody vouches for', async () => {
    const http = new HttpFetcher(new AddressGuard(['127.0.0.1']), 'x');
    expect(await http.fetch({ url: `${base}/` })).toMatchObject({ ok: false, fault: { kind: 'tls' } });
    await http.close();
  });
});

describe('robots.txt of a host that cannot be reached', () => {
  it('is asked for again after a minute: until then nothing of it is read', async () => {
    let ticks = 0;
    const http = new HttpFetcher(new AddressGuard(['127.0.0.1']), 'x', DEFAULT_LIMITS, LOOPBACK_CERTIFICATE.cert);
    const closed = createServer(LOOPBACK_CERTIFICATE);
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const book = new RobotsBook(http, 'huiying', () => ticks);
    const page = new URL(`https://127.0.0.1:${port}/`);
    expect(await book.refusal(page)).toMatchObject({ kind: 'connect' });
    const back = createServer(LOOPBACK_CERTIFICATE, (_, r) => void r.writeHead(404).end());
    await new Promise<void>((resolve) => back.listen(port, '127.0.0.1', resolve));
    ticks = 59_000;
    expect(await book.refusal(page)).toMatchObject({ kind: 'connect' });
    ticks = 61_000;
    expect(await book.refusal(page)).toBeNull();
    await http.close();
    await new Promise((resolve) => back.close(resolve));
  });
});

describe('a robots.txt of more than 500 KiB', () => {
  const head = 'User-agent: *\nDisallow: /private/\n';
  const long = `${head}${'# a line that says nothing at all\n'.repeat(16_000)}Disallow: /late/\n`;
  const cutMidway = `${head}${'x'.repeat(512 * 1024 - head.length - 'Disallow: /ne'.length - 1)}\nDisallow: /news/\n`;

  it.each([
    ['as it is', {}, (s: string) => Buffer.from(s)],
    ['compressed', { 'content-encoding': 'gzip' }, (s: string) => gzipSync(s)],
    ['compressed to more than the limit', { 'content-encoding': 'gzip' }, (s: string) => gzipSync(s, { level: 0 })],
  ])('is obeyed as far as the limit, %s', async (_name, headers, body) => {
    const plain = createPlainServer((ask, r) => void r.writeHead(200, headers).end(body(ask.headers.host?.startsWith('127') ? long : cutMidway)));
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const { port } = plain.address() as AddressInfo;
    const http = new HttpFetcher(new AddressGuard(['127.0.0.1', 'localhost']), 'x');
    const book = new RobotsBook(http, 'huiying');
    expect(await book.refusal(new URL(`http://127.0.0.1:${port}/private/x`))).toMatchObject({ kind: 'robots' });
    expect(await book.refusal(new URL(`http://127.0.0.1:${port}/late/x`))).toBeNull();
    expect(await book.refusal(new URL(`http://localhost:${port}/private/x`))).toMatchObject({ kind: 'robots' });
    // The rule that the limit cuts through would forbid everything that begins like it.
    expect(await book.refusal(new URL(`http://localhost:${port}/network`))).toBeNull();
    await http.close();
    plain.closeAllConnections();
    await new Promise((resolve) => plain.close(resolve));
  });
});
