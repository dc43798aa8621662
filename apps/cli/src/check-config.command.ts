import { relative } from 'node:path';
import { checkSettings } from '@app/settings';
import type { Command } from 'commander';
import { writeLine } from './json-lines';

/** `check-config`: every fault of config/ and environment, one line each; exit 1 where there is any. */
export function checkConfigCommand(program: Command): void {
  program
    .command('check-config')
    .description('every fault of the configuration with file, key, value and what is allowed')
    .option('--config <dir>', 'another folder than HUIYING_CONFIG or config/')
    .action(async (options: { config?: string }) => {
      const faults = checkSettings({ configDir: options.config });
      for (const { file, line, key, value, allowed } of faults) {
        await writeLine({ file: shownPath(file), line, key, value: value ?? null, allowed });
      }
      process.stderr.write(
        faults.length === 0 ? 'configuration: no fault\n' : `configuration: ${faults.length} fault(s)\n`,
      );
      if (faults.length > 0) process.exitCode = 1;
    });
}

function shownPath(file: string): string {
  const short = relative(process.cwd(), file);
  return file.startsWith('(') || short.startsWith('..') ? file : short;
}
