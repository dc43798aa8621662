import { basename } from 'node:path';
import type { ImportTerms, LineFault, PersonImport, ReadTable } from '@app/accounts';
import { loadGazetteer, loadSettings, type Settings } from '@app/settings';
import { readInput } from './input-file';
import { writeLine } from './json-lines';

const ACTOR = 'cli';

/** A line of JSON per line of the file, or per fault; with any fault nothing is written, exit status 1. */
export async function importUsers(file: string, dryRun: boolean): Promise<void> {
  const { isUserHeading } = await import('@app/accounts');
  await withTable(file, isUserHeading, async (people, table, terms) => {
    if (dryRun) {
      const plan = await people.planUsers(table, terms);
      if (plan.faults.length > 0) return say(plan.faults);
      for (const a of plan.accounts) await writeLine({ state: 'would-add', ...a });
      return;
    }
    const done = await people.takeUsers(table, terms, ACTOR);
    if (!done.ok) return say(done.faults);
    for (const u of done.users) await writeLine({ state: 'added', ...u });
  });
}

export async function importDepartments(file: string, dryRun: boolean): Promise<void> {
  const [{ isDepartmentHeading }, { AccountMove }] = await Promise.all([
    import('@app/accounts'),
    import('@app/response'),
  ]);
  await withTable(file, isDepartmentHeading, async (people, table, terms, settings) => {
    const kept = settings.departments.map((d) => d.id);
    const plan = await people.planDepartments(table, terms, kept);
    if (plan.faults.length > 0) return say(plan.faults);
    if (!dryRun) {
      const done = await people.takeDepartments(table, terms, kept, ACTOR, (tx, moved) =>
        new AccountMove().followDepartments(tx, moved, settings.deployment.regionCode),
      );
      if (!done.ok) return say(done.faults);
    }
    for (const { known, ...d } of plan.departments)
      await writeLine({ state: `${dryRun ? 'would-' : ''}${known ? 'change' : 'add'}`, ...d });
  });
}

async function say(faults: readonly LineFault[]): Promise<void> {
  process.exitCode = 1;
  for (const f of faults) await writeLine({ error: f.reason, line: f.line, column: f.column });
}

type Act = (people: PersonImport, table: ReadTable, terms: ImportTerms, settings: Settings) => Promise<void>;

async function withTable(file: string, isHeading: (h: string) => boolean, act: Act): Promise<void> {
  const settings = loadSettings();
  // Loaded here: the commands that need none of it start without.
  const [{ openPersonImport }, { readTable }, { withDatabase }] = await Promise.all([
    import('@app/accounts'),
    import('@app/intake'),
    import('./open-database'),
  ]);
  const table = await readTable(basename(file), readInput(file), isHeading);
  const gazetteer = loadGazetteer(settings.deployment);
  const terms = { codeOf: (region: string) => gazetteer.codeOf(region) };
  await withDatabase((dataSource) => act(openPersonImport(dataSource), table, terms, settings));
}
