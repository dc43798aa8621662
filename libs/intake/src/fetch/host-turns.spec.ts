import { openScratch, type Scratch } from '@app/storage';
import { HostGate } from './host-gate';
import { HostTurns } from './host-turns';

let scratch: Scratch;
beforeAll(async () => {
  scratch = await openScratch();
});
afterAll(() => scratch.close());

describe('two crawlers beside each other', () => {
  const gate = (): HostGate => new HostGate(4, new HostTurns(scratch.dataSource));

  async function visits(host: (i: number) => string, pauseMs: number): Promise<{ from: number; to: number }[]> {
    const [a, b] = [gate(), gate()];
    const seen: { from: number; to: number }[] = [];
    const visit = (of: HostGate, i: number): Promise<void> =>
      of.run(
        host(i),
        () => Promise.resolve(pauseMs),
        async () => {
          const from = performance.now();
          await new Promise((resolve) => setTimeout(resolve, 50));
          seen.push({ from, to: performance.now() });
        },
      );
    await Promise.all([0, 1, 2, 3].map((i) => visit(i % 2 ? a : b, i)));
    return seen.sort((x, y) => x.from - y.from);
  }

  it('keep one pause to the same host', async () => {
    const seen = await visits(() => 'one.example', 300);
    expect(seen).toHaveLength(4);
    for (const [i, v] of seen.entries()) if (i > 0) expect(v.from - (seen[i - 1]?.to ?? 0)).toBeGreaterThanOrEqual(290);
  });

  it('do not wait for each other at different hosts', async () => {
    const seen = await visits((i) => `host${i}.example`, 5000);
    expect(Math.max(...seen.map((v) => v.to)) - Math.min(...seen.map((v) => v.from))).toBeLessThan(3000);
  });
});
