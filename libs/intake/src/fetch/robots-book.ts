import robotsParser, { type Robot } from 'robots-parser';
import { fault, type IntakeFault } from '../intake-fault';
import type { HttpFetcher } from './http-fetcher';

interface Entry {
  robot: Robot | null;
  /** Set when robots.txt could not be read: nothing of the host may be read either (RFC 9309 §2.3.1.4). */
  refusal: IntakeFault | null;
  until: number;
}

const KEEP_MS = 24 * 3_600_000; // RFC 9309 §2.4: not longer than a day
const RETRY_MS = 10 * 60_000;
/** A host that could not be reached at all is soon back: its sources must not stand still for long. */
const UNREACHED_RETRY_MS = 60_000;
/** RFC 9309 §2.5: at least 500 KiB are parsed; what a longer file says behind that is left. */
const MAX_BYTES = 512 * 1024;
const MAX_HOSTS = 20_000;
const MAX_DELAY_SECONDS = 60;

/** robots.txt of every host, cached. 4xx: everything allowed; 5xx or unreachable: nothing, for a while. */
export class RobotsBook {
  private readonly entries = new Map<string, Promise<Entry>>();

  /** @param product the name robots.txt rules are looked up under; @param ticks a clock in ms that only runs forward */
  constructor(
    private readonly fetcher: HttpFetcher,
    private readonly product: string,
    private readonly ticks: () => number = () => performance.now(),
  ) {}

  /** A fault when the address may not be read. */
  async refusal(url: URL): Promise<IntakeFault | null> {
    const { robot, refusal } = await this.entryFor(url);
    if (refusal) return refusal;
    return robot?.isAllowed(url.href, this.product) === false
      ? fault('robots', `robots.txt 不允许读取 ${url.pathname}`)
      : null;
  }

  /** Crawl-delay in seconds, at most a minute; 0 without one. */
  async delaySeconds(url: URL): Promise<number> {
    const { robot } = await this.entryFor(url);
    return Math.min(Math.max(0, robot?.getCrawlDelay(this.product) ?? 0), MAX_DELAY_SECONDS);
  }

  private async entryFor(url: URL): Promise<Entry> {
    const known = this.entries.get(url.origin);
    if (known && (await known).until > this.ticks()) return known;
    if (this.entries.size >= MAX_HOSTS) this.entries.delete(this.entries.keys().next().value ?? '');
    const entry = this.load(url.origin);
    this.entries.set(url.origin, entry);
    return entry;
  }

  private async load(origin: string): Promise<Entry> {
    const address = `${origin}/robots.txt`;
    const got = await this.fetcher.fetch({
      url: address,
      accept: 'text/plain, */*;q=0.1',
      limits: { maxBytes: MAX_BYTES, maxDecodedBytes: MAX_BYTES, totalMs: 15_000 },
      upToLimit: true,
    });
    const until = this.ticks() + KEEP_MS;
    if (got.ok)
      return { robot: robotsParser(address, got.notModified ? '' : linesOf(got.bytes)), refusal: null, until };
    if (got.status !== null && got.status >= 400 && got.status < 500 && got.status !== 429)
      return { robot: null, refusal: null, until };
    // Redirected in circles: unavailable, so allowed (RFC 9309 §2.3.1.2, §2.3.1.3).
    if (got.fault.kind === 'too-many-redirects') return { robot: null, refusal: null, until };
    const name =
      got.status === null
        ? got.fault
        : fault('robots', `robots.txt 读取失败（HTTP ${got.status}），按规定暂不抓取`, got.fault.retryAfterSeconds);
    return { robot: null, refusal: name, until: this.ticks() + (got.status === null ? UNREACHED_RETRY_MS : RETRY_MS) };
  }
}

/** Of a file that was cut at the limit without its last, broken line: half a rule may forbid or allow what the whole does not. */
function linesOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return bytes.length < MAX_BYTES ? text : text.slice(0, Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r'), 0));
}
