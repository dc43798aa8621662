/** A sleep that can be ended early; many may sleep at once. */
export class WakeableSleep {
  private readonly sleepers = new Set<() => void>();
  private closed = false;

  sleep(ms: number): Promise<void> {
    if (this.closed || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.sleepers.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.sleepers.add(end);
    });
  }

  wake(): void {
    for (const end of [...this.sleepers]) end();
  }

  /** Wakes everybody, and nobody sleeps any more. */
  close(): void {
    this.closed = true;
    this.wake();
  }
}
