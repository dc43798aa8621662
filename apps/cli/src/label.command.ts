import { InvalidArgumentError, type Command } from 'commander';
import { writeLine } from './json-lines';

/** `overrides`: what persons decided, as training data. */
export function overridesCommand(program: Command): void {
  program
    .command('overrides')
    .description('decisions of persons about labels as training data, masked: id, title, text, date, labels (db)')
    .action(async () => {
      const [{ AuditChain }, { LabelRecord }, { withDatabase }] = await Promise.all([import('@app/accounts'), import('@app/response'), import('./open-database')]);
      await withDatabase(async (dataSource) => {
        await new AuditChain(dataSource).append({ actor: 'cli', action: 'override.export' });
        for await (const text of new LabelRecord(dataSource).exportTexts()) await writeLine(text);
      });
    });
}

/** `reclassify`: the installed classifier over old items; a line for each difference, the last line is the summary. */
export function reclassifyCommand(program: Command): void {
  program
    .command('reclassify')
    .description('what the installed classifier would change in stored items (db)')
    .option('--dry-run', 'only tell (the default)')
    .option('--adopt', 'write the new labels of items that no person has decided about; cases and clocks stay')
    .option('--limit <n>', 'only the newest n items', readCount, 1_000_000)
    .action(async (options: { dryRun?: boolean; adopt?: boolean; limit: number }) => {
      if (options.dryRun && options.adopt) throw new Error('--dry-run and --adopt exclude each other');
      const [{ AuditChain }, { createClassifier, reclassify }, { loadSettings }, { withDatabase }] = await Promise.all([
        import('@app/accounts'),
        import('@app/intake'),
        import('@app/settings'),
        import('./open-database'),
      ]);
      const classifier = createClassifier(loadSettings().configDir);
      await withDatabase(async (dataSource) => {
        const result = await reclassify(dataSource, classifier, { adopt: options.adopt === true, limit: options.limit }, writeLine);
        if (result.adopted) {
          const { cases, ...counts } = result;
          await new AuditChain(dataSource).append({ actor: 'cli', action: 'classifier.adopt', object: result.version, data: { ...counts, cases: cases.map((c) => c.code) } });
        }
        await writeLine({ summary: result });
      });
    });
}

function readCount(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('allowed is a whole number from 1');
  return Number(value);
}
