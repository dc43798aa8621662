import { Command, CommanderError } from 'commander';
import { apiKeyCommand } from './api-key.command';
import { auditCommand } from './audit.command';
import { backupCommands } from './backup.command';
import { backtestCommand } from './backtest.command';
import { calendarCommand } from './calendar.command';
import { checkConfigCommand } from './check-config.command';
import { classifyCommand } from './classify.command';
import { deadlineCommand } from './deadline.command';
import { doctorCommand } from './doctor.command';
import { extractPageCommand } from './extract-page.command';
import { overridesCommand, reclassifyCommand } from './label.command';
import { importCommand } from './import.command';
import { ledgerCommand } from './ledger.command';
import { monthCommand } from './month.command';
import { checkSourceCommand } from './check-source.command';
import { clusterCommand } from './cluster.command';
import { sameEventCommand } from './same-event.command';
import { parseFeedCommand } from './parse-feed.command';
import { watchOutput } from './output';
import { userCommand } from './user.command';
import { departmentCommand } from './department.command';

/** The administrator's commands. One file `<name>.command.ts` each, listed here. */
const program = new Command('huiying').description('回应: administrator commands').exitOverride().showHelpAfterError(false);
// One line: what is wrong. Help that nobody asked for is such a line too; --help goes to standard output whole.
program.configureOutput({
  writeErr: (s) => {
    const [first = ''] = s.split('\n');
    if (first !== '') process.stderr.write(`${first.replace(/^Usage: (.*)$/, 'error: no command given: $1 (--help lists them)')}\n`);
  },
});
watchOutput();

checkConfigCommand(program);
deadlineCommand(program);
doctorCommand(program);
classifyCommand(program);
importCommand(program);
ledgerCommand(program);
monthCommand(program);
overridesCommand(program);
reclassifyCommand(program);
parseFeedCommand(program);
sameEventCommand(program);
clusterCommand(program);
checkSourceCommand(program);
extractPageCommand(program);
userCommand(program);
departmentCommand(program);
auditCommand(program);
apiKeyCommand(program);
calendarCommand(program);
backtestCommand(program);
backupCommands(program);

async function main(): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version are not wrong usage.
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    process.stderr.write(`huiying: ${(error as Error).message}\n`);
    process.exitCode = 2;
  }
}

void main();
