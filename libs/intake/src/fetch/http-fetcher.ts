import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { TLSSocket } from 'node:tls';
import { Agent, buildConnector, request, type Dispatcher } from 'undici';
import { fail, fault, IntakeFaultError, type IntakeFault } from '../intake-fault';
import { AddressGuard } from './address-guard';
import { parseRetryAfter } from './retry-after';

export interface FetchLimits {
  connectMs: number;
  headersMs: number;
  /** From the first byte asked to the last byte read, redirects included. */
  totalMs: number;
  /** On the wire. */
  maxBytes: number;
  /** After decompression. */
  maxDecodedBytes: number;
  maxRedirects: number;
}

export const DEFAULT_LIMITS: FetchLimits = {
  connectMs: 10_000,
  headersMs: 15_000,
  totalMs: 40_000,
  maxBytes: 6_000_000,
  maxDecodedBytes: 12_000_000,
  maxRedirects: 5,
};

export interface FetchRequest {
  url: string;
  etag?: string | null;
  lastModified?: string | null;
  accept?: string;
  limits?: Partial<FetchLimits>;
  /** What is longer than the limits is read up to them, instead of being a fault. */
  upToLimit?: boolean;
  /** Asked before each hop, e.g. robots.txt; a fault ends the fetch. */
  beforeHop?: (url: URL) => Promise<IntakeFault | null>;
}

export type Fetched =
  | { ok: true; notModified: true; url: string; status: 304 }
  | {
      ok: true;
      notModified: false;
      url: string;
      status: number;
      bytes: Buffer;
      /** As received, names in lower case. */
      headers: [string, string][];
      contentType: string | null;
      etag: string | null;
      lastModified: string | null;
    }
  | { ok: false; fault: IntakeFault; status: number | null };

const MAX_CERTIFICATES = 5000;

/** GET over http(s), bounded in time, bytes and hops. Every failure is a named fault; nothing is thrown for a bad server. */
export class HttpFetcher {
  private readonly agents = new Map<string, Agent>();
  /** When the certificate of each host ends, as its last connection showed it. */
  private readonly certificates = new Map<string, Date>();

  constructor(
    private readonly guard: AddressGuard,
    /** One name for every request, with a way to reach us. */
    readonly userAgent: string,
    private readonly defaults: FetchLimits = DEFAULT_LIMITS,
    /** A certificate authority (PEM) trusted instead of the known ones. */
    private readonly authority: string | null = null,
  ) {}

  /** When the certificate behind an address ends; null when it has none or no connection was made yet. */
  certificateEnd(url: string): Date | null {
    return URL.canParse(url) ? (this.certificates.get(new URL(url).hostname) ?? null) : null;
  }

  async fetch(ask: FetchRequest): Promise<Fetched> {
    const limits = { ...this.defaults, ...ask.limits };
    const deadline = AbortSignal.timeout(limits.totalMs);
    let status: number | null = null;
    try {
      let url = parseUrl(ask.url);
      for (let hop = 0; ; hop++) {
        const refusal = this.guard.refusal(url) ?? (await ask.beforeHop?.(url)) ?? null;
        if (refusal) return { ok: false, fault: refusal, status };
        const response = await request(url, {
          method: 'GET',
          headers: this.headersFor(ask),
          dispatcher: this.agentFor(url, limits),
          signal: deadline,
          headersTimeout: limits.headersMs,
          bodyTimeout: limits.headersMs,
        });
        status = response.statusCode;
        const location = one(response.headers.location);
        if ([301, 302, 303, 307, 308].includes(status) && location) {
          discard(response.body);
          if (hop >= limits.maxRedirects)
            return { ok: false, fault: fault('too-many-redirects', `重定向超过 ${limits.maxRedirects} 次`), status };
          url = parseUrl(location, url);
          continue;
        }
        return await this.take(url, response, limits, { deadline, upToLimit: ask.upToLimit ?? false });
      }
    } catch (error) {
      return { ok: false, fault: nameFault(error, deadline.aborted), status };
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.agents.values()].map((a) => a.destroy()));
    this.agents.clear();
  }

  private headersFor(ask: FetchRequest): Record<string, string> {
    return {
      'user-agent': this.userAgent,
      accept:
        ask.accept ??
        'application/rss+xml, application/atom+xml, application/feed+json, application/json;q=0.9, text/xml;q=0.9, text/html;q=0.8, */*;q=0.5',
      'accept-encoding': 'gzip, deflate, br',
      'accept-language': 'zh-CN,zh;q=0.9,en;q=0.3',
      ...(ask.etag ? { 'if-none-match': ask.etag } : {}),
      ...(ask.lastModified ? { 'if-modified-since': ask.lastModified } : {}),
    };
  }

  /** One agent per port, since the guard's leave depends on it. */
  private agentFor(url: URL, limits: FetchLimits): Agent {
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    const known = this.agents.get(port);
    if (known) return known;
    const dial = buildConnector({
      timeout: limits.connectMs,
      lookup: this.guard.lookupFor(port) as never,
      ...(this.authority === null ? {} : { ca: this.authority }),
    });
    const connect: buildConnector.connector = (options, done) =>
      dial(options, (...[error, socket]) => {
        if (error) return done(error, null);
        this.noteCertificate(options.hostname, socket);
        done(null, socket);
      });
    const agent = new Agent({
      connect,
      connections: 4,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 32_768,
      maxResponseSize: -1,
    });
    this.agents.set(port, agent);
    return agent;
  }

  private noteCertificate(host: string, socket: unknown): void {
    if (!(socket instanceof TLSSocket)) return;
    const ends = new Date(socket.getPeerCertificate().valid_to);
    if (Number.isNaN(ends.getTime())) return;
    if (this.certificates.size >= MAX_CERTIFICATES) this.certificates.clear();
    this.certificates.set(host, ends);
  }

  private async take(
    url: URL,
    response: Dispatcher.ResponseData,
    limits: FetchLimits,
    how: ReadTerms,
  ): Promise<Fetched> {
    const { statusCode: status, headers } = response;
    if (status === 304) {
      discard(response.body);
      return { ok: true, notModified: true, url: url.href, status };
    }
    if (status < 200 || status >= 300 || status === 204) {
      discard(response.body);
      return { ok: false, fault: statusFault(status, one(headers['retry-after']), one(headers.date)), status };
    }
    const bytes = await readBody(response.body, one(headers['content-encoding']), limits, how);
    return {
      ok: true,
      notModified: false,
      url: url.href,
      status,
      bytes,
      headers: Object.entries(headers).flatMap(([k, v]) => [v ?? []].flat().map((one): [string, string] => [k, one])),
      contentType: one(headers['content-type']),
      etag: one(headers.etag),
      lastModified: one(headers['last-modified']),
    };
  }
}

const one = (v: string | string[] | undefined): string | null => (Array.isArray(v) ? (v[0] ?? null) : (v ?? null));

function parseUrl(href: string, base?: URL): URL {
  try {
    return new URL(href, base);
  } catch {
    return fail('bad-url', `地址不合规：${href.slice(0, 200)}`);
  }
}

/** The rest of a body nobody wants: the connection is given up, not read to its end. */
function discard(body: Readable): void {
  body.on('error', () => undefined);
  body.destroy();
}

function statusFault(status: number, retryAfter: string | null, date: string | null): IntakeFault {
  const wait = parseRetryAfter(retryAfter, date) ?? undefined;
  if (status === 429)
    return fault('rate-limited', `对方限流（HTTP 429）${wait === undefined ? '' : `，要求 ${wait} 秒后再来`}`, wait);
  if (status === 408 || status === 425 || status >= 500)
    return fault('http-passing', `对方服务暂时不可用（HTTP ${status}）`, wait);
  if (status === 410) return fault('http-permanent', '该地址已永久撤下（HTTP 410）');
  return fault('http-permanent', `对方拒绝或地址不存在（HTTP ${status}）`);
}

function decoderFor(encoding: string): (Readable & NodeJS.WritableStream) | null {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip() as never;
  if (encoding === 'br') return createBrotliDecompress() as never;
  if (encoding === 'deflate') return createInflate() as never;
  if (encoding === 'deflate-raw') return createInflateRaw() as never;
  return null;
}

interface ReadTerms {
  deadline: AbortSignal;
  upToLimit: boolean;
}

/** Reads to the end or to a limit, whichever comes first; memory never exceeds the limits by more than a chunk. */
async function readBody(
  body: Readable,
  encoding: string | null,
  limits: FetchLimits,
  how: ReadTerms,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let wire = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    wire += chunk.length;
    if (wire > limits.maxBytes && !how.upToLimit) return tooLarge(body, limits.maxBytes);
    chunks.push(wire > limits.maxBytes ? chunk.subarray(0, chunk.length - (wire - limits.maxBytes)) : chunk);
    if (wire > limits.maxBytes) break;
  }
  const raw = Buffer.concat(chunks);
  const names = (encoding ?? '')
    .toLowerCase()
    .split(',')
    .map((s) => s.trim())
    .filter((s) => s !== '' && s !== 'identity');
  if (names.length > 2) return fail('bad-encoding', `压缩层数过多：${names.join(', ')}`);
  let bytes: Buffer = raw;
  for (const name of names.reverse()) bytes = await inflate(bytes, name, limits, how);
  return bytes;
}

function tooLarge(body: Readable, max: number): never {
  discard(body);
  return fail('too-large', `内容超过上限 ${Math.round(max / 1_000_000)} MB`);
}

async function inflate(raw: Buffer, encoding: string, limits: FetchLimits, how: ReadTerms): Promise<Buffer> {
  // Many servers send raw deflate under the name of zlib's (RFC 9110 §8.4.1.2 warns of them).
  const isRaw = encoding === 'deflate' && ((raw[0] ?? 0) & 0x0f) !== 8;
  const decoder = decoderFor(isRaw ? 'deflate-raw' : encoding);
  if (!decoder) return fail('bad-encoding', `不认识的压缩方式 ${encoding.slice(0, 30)}`);
  const out: Buffer[] = [];
  let size = 0;
  decoder.end(raw);
  try {
    for await (const chunk of decoder as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limits.maxDecodedBytes && !how.upToLimit) return tooLarge(decoder, limits.maxDecodedBytes);
      how.deadline.throwIfAborted();
      out.push(chunk);
      if (size > limits.maxDecodedBytes) break;
    }
  } catch (error) {
    // What was cut at the limit on the wire ends in the middle of its compression.
    if (!how.upToLimit || raw.length < limits.maxBytes || size === 0) throw error;
  }
  return Buffer.concat(out).subarray(0, how.upToLimit ? limits.maxDecodedBytes : undefined);
}

const TIMEOUTS = /^(UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT|ETIMEDOUT|UND_ERR_ABORTED)$/;

function nameFault(error: unknown, deadlinePassed: boolean): IntakeFault {
  for (let e = asRaised(error); e; e = asRaised(e.cause)) {
    if (e instanceof IntakeFaultError) return e.fault;
    const code = typeof e.code === 'string' ? e.code : '';
    const inner = e.errors?.[0];
    if (inner instanceof IntakeFaultError) return inner.fault;
    if (deadlinePassed || TIMEOUTS.test(code) || e.name === 'TimeoutError' || e.name === 'AbortError')
      return fault('timeout', '超时：对方响应过慢');
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EAI_FAIL' || code === 'ENODATA')
      return fault('dns', '域名无法解析（可能没有外网）');
    if (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EACCES|EPERM)$/.test(code))
      return fault('connect', `连接不上（${code}）`);
    if (/CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code))
      return fault('tls', `HTTPS 证书或握手有误（${code}）`);
    if (/^(ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH|ERR_STREAM_PREMATURE_CLOSE)$/.test(code))
      return fault('cut-off', '连接中途断开，内容不完整');
    if (/^(Z_|ERR__ERROR_FORMAT|ERR_BROTLI|ERR_PADDING|ERR__)/.test(code))
      return fault('bad-encoding', `压缩内容损坏（${code}）`);
    if (/^(HPE_|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RESPONSE|ERR_HTTP)/.test(code))
      return fault('http-passing', `对方的 HTTP 响应不合规（${code}）`);
  }
  return fault('connect', `读取失败：${(asRaised(error)?.message ?? String(error)).slice(0, 200)}`);
}

interface Raised {
  name?: string;
  message?: string;
  code?: unknown;
  cause?: unknown;
  errors?: unknown[];
}

/** Errors are told by their shape: those of another realm (workers, test runners) are no instances of our Error. */
const asRaised = (e: unknown): Raised | null => (e !== null && typeof e === 'object' ? (e as Raised) : null);
