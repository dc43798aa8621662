import type { AddressGuard } from './address-guard';
import { fault } from '../intake-fault';
import { HostGate, type SharedTurns } from './host-gate';
import type { Fetched, FetchRequest, HttpFetcher } from './http-fetcher';
import { RobotsBook } from './robots-book';

/** The one way out to the web: robots.txt asked at every hop, hosts given their pauses. */
export class PoliteFetcher {
  readonly robots: RobotsBook;
  private readonly gate: HostGate;

  constructor(
    readonly http: HttpFetcher,
    private readonly guard: AddressGuard,
    options: { concurrency: number; product: string; turns?: SharedTurns | null },
  ) {
    this.robots = new RobotsBook(http, options.product);
    this.gate = new HostGate(options.concurrency, options.turns);
  }

  async fetch(ask: FetchRequest & { pauseSeconds: number }): Promise<Fetched> {
    let url: URL;
    try {
      url = new URL(ask.url);
    } catch {
      return { ok: false, fault: fault('bad-url', `地址不合规：${ask.url.slice(0, 200)}`), status: null };
    }
    // Refused before robots.txt is asked for: not even that request leaves.
    const refusal = this.guard.refusal(url);
    if (refusal) return { ok: false, fault: refusal, status: null };
    const pause = async (): Promise<number> => 1000 * Math.max(ask.pauseSeconds, await this.robots.delaySeconds(url));
    return this.gate.run(url.host, pause, () =>
      this.http.fetch({ ...ask, beforeHop: (hop) => this.robots.refusal(hop) }),
    );
  }
}
