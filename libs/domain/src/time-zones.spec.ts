import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** The law's arithmetic does not depend on the machine's TZ: the specs of it pass in every zone, each in a new process. */
const root = join(__dirname, '../../..');
const jestCommand = require.resolve('jest/bin/jest');

describe('deadlines in every zone of the machine', () => {
  it.each(['UTC', 'Asia/Shanghai', 'America/New_York'])(
    'TZ=%s',
    (zone) => {
      const specs = ['deadline', 'beijing', 'calendar', 'clock-life', 'derivation'].map(
        (n) => `libs/domain/src/${n}.spec.ts`,
      );
      const output = execFileSync(
        process.execPath,
        [jestCommand, '--selectProjects', 'unit', '--runInBand', '--json', '--silent', '--runTestsByPath', ...specs],
        {
          cwd: root,
          env: { ...process.env, TZ: zone, SPEC_TZ: zone },
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      const result = JSON.parse(output) as { success: boolean; numPassedTestSuites: number; numFailedTests: number };
      expect(result).toMatchObject({ success: true, numPassedTestSuites: specs.length, numFailedTests: 0 });
    },
    60_000,
  );
});
