import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { AddressGuard } from './address-guard';
import { LOOPBACK_CERTIFICATE } from './certificate.fixture';
import { DEFAULT_LIMITS, HttpFetcher } from './http-fetcher';

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
