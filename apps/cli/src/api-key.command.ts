import type { Command } from 'commander';
import type { ApiKeys } from '@app/accounts';
import { beijingIso, scopesFor, type TokenScope } from '@app/domain';
import { writeLine } from './json-lines';

const ACTOR = 'cli';
const ALLOWED = scopesFor('system');

interface AddOptions {
  scopes: string;
  region?: string;
  days?: string;
}

/** `api-key add|list|revoke`: tokens of programs (a vendor that pushes items, a platform that reads); a key is shown once. */
export function apiKeyCommand(program: Command): void {
  const group = program.command('api-key').description('tokens of programs (db)');
  group
    .command('add <name>')
    .description('prints the key once; pushed items come in as push-<name>')
    .option('--scopes <list>', `comma-separated: ${ALLOWED.join(', ')}`, 'push-items')
    .option('--region <region>', 'sees this region and below; default: no bound')
    .option('--days <n>', 'ends after so many days, 1–3650; default: when it is revoked')
    .action((name: string, o: AddOptions) => {
      const days = daysOf(o.days);
      const scopes = o.scopes.split(',').map((s) => s.trim()) as TokenScope[];
      return withKeys(async (keys) => {
        const region = o.region ? await codeOf(o.region) : null;
        const made = await keys.add({ name, scopes, accountId: null, region, days }, ACTOR);
        if (made.ok) return writeLine({ id: made.id, name, scopes, region, days, key: made.key });
        process.exitCode = 1;
        return writeLine({ error: made.reason, field: made.field });
      });
    });
  group
    .command('list')
    .description('all tokens, those of persons too, never the keys themselves')
    .action(() =>
      withKeys(async (keys) => {
        for (const k of await keys.list())
          await writeLine({
            ...k,
            createdAt: beijingIso(k.createdAt),
            expiresAt: k.expiresAt && beijingIso(k.expiresAt),
            lastUsedAt: k.lastUsedAt && beijingIso(k.lastUsedAt),
            revokedAt: k.revokedAt && beijingIso(k.revokedAt),
          });
      }),
    );
  group
    .command('revoke <name>')
    .description('refuses the key from now on')
    .action((name: string) =>
      withKeys(async (keys) => {
        const id = await keys.idOf(name);
        if (id !== null && (await keys.revoke(id, ACTOR))) return writeLine({ name, revoked: true });
        process.exitCode = 1;
        return writeLine({ error: `没有名为“${name}”的有效密钥` });
      }),
    );
}

function daysOf(written: string | undefined): number | null {
  if (written === undefined) return null;
  const days = Number(written);
  if (Number.isInteger(days) && days >= 1 && days <= 3650) return days;
  throw new Error(`--days ${JSON.stringify(written)}: allowed is a whole number 1–3650`);
}

async function codeOf(region: string): Promise<string> {
  const { loadSettings, regionCode } = await import('@app/settings');
  return regionCode(loadSettings().deployment, region);
}

async function withKeys(act: (keys: ApiKeys) => Promise<void>): Promise<void> {
  // Loaded here: the commands that need no database start without it.
  const [{ openApiKeys }, { withDatabase }] = await Promise.all([import('@app/accounts'), import('./open-database')]);
  await withDatabase((dataSource) => act(openApiKeys(dataSource)));
}
