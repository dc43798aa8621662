import type { Fired } from './firing.service';

/** Lags of the last minute, for the heartbeat. */
export class EngineLag {
  private rungs = 0;
  private clocks = 0;
  private recent: { at: number; lagMs: number }[] = [];

  note(fired: Pick<Fired, 'rungs' | 'clocks' | 'worstLagMs'>): void {
    this.rungs += fired.rungs;
    this.clocks += fired.clocks;
    if (fired.rungs > 0) this.recent.push({ at: performance.now(), lagMs: fired.worstLagMs });
  }

  read(): { rungs: number; clocks: number; lagMs: number; worstLagMs: number } {
    const since = performance.now() - 60_000;
    this.recent = this.recent.filter((r) => r.at >= since);
    const lags = this.recent.map((r) => r.lagMs).sort((a, b) => a - b);
    return {
      rungs: this.rungs,
      clocks: this.clocks,
      lagMs: lags[Math.floor(lags.length / 2)] ?? 0,
      worstLagMs: lags[lags.length - 1] ?? 0,
    };
  }
}
