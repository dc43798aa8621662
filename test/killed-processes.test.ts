import { quiet } from './quiet-config';
import { PROCESSES, RunningSystem } from './running-system';

describe('kill -9', () => {
  let system: RunningSystem;
  beforeAll(async () => (system = await RunningSystem.start({ edit: quiet })), 60_000);
  afterAll(() => RunningSystem.stopAll());

  it.each(PROCESSES)('%s is brought back by the supervisor', async (name) => {
    const before = system.pidOf(name);
    const address = system.url;
    await system.killChild(name);
    expect(system.pidOf(name)).not.toBe(before);
    expect(system.log).toMatch(new RegExp(`${name} +ended \\(SIGKILL\\); starting again`));
    // The gateway took any free port: it must come back where the browsers are.
    expect((await fetch(`${address}/health/live`)).status).toBe(200);
  });

  it('the database is brought back on the same address, and every process finds it again', async () => {
    process.kill(system.pidOf('postgres'), 'SIGKILL');
    const until = performance.now() + 30_000;
    let status = 0;
    while (status !== 200 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      if (!/postgres +ready again/.test(system.log)) continue;
      status = await fetch(`${system.url}/health/ready`).then(
        (r) => r.status,
        () => 0,
      );
    }
    expect(status).toBe(200);
  });
});
