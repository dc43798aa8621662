import type { Command } from 'commander';
import type { ApiKeys } from '@app/accounts';
import { beijingIso } from '@app/domain';
import { writeLine } from './json-lines';

const ACTOR = 'cli';

/** `api-key add|list|revoke`: keys of monitoring vendors for POST /api/v1/items; a key is shown once. */
export function apiKeyCommand(program: Command): void {
  const group = program.command('api-key').description('keys of programs that push items (db)');
  group
    .command('add <name>')
    .description('prints the key once; the items come in as push-<name>')
    .action((name: string) =>
      withKeys(async (keys) => {
        const made = await keys.add(name, 'items:write', ACTOR);
        if (made.ok) return writeLine({ id: made.id, name, scope: 'items:write', key: made.key });
        process.exitCode = 1;
        return writeLine({ error: made.reason, field: made.field });
      }),
    );
  group
    .command('list')
    .description('all keys, never the keys themselves')
    .action(() =>
      withKeys(async (keys) => {
        for (const k of await keys.list())
          await writeLine({
            ...k,
            createdAt: beijingIso(k.createdAt),
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
        if (await keys.revoke(name, ACTOR)) return writeLine({ name, revoked: true });
        process.exitCode = 1;
        return writeLine({ error: `没有名为“${name}”的有效密钥` });
      }),
    );
}

async function withKeys(act: (keys: ApiKeys) => Promise<void>): Promise<void> {
  // Loaded here: the commands that need no database start without it.
  const [{ ApiKeys, AuditChain }, { withDatabase }] = await Promise.all([import('@app/accounts'), import('./open-database')]);
  await withDatabase((dataSource) => act(new ApiKeys(dataSource, new AuditChain(dataSource))));
}
