import { types } from 'pg';
import type { DataSourceOptions } from 'typeorm';

// A `date` would become local midnight, which depends on the process's TZ: keep YYYY-MM-DD.
// int8 stays a string (pg's default); timestamptz becomes a Date, an instant without zone trouble.
types.setTypeParser(types.builtins.DATE, (text) => text);

/**
 * pg fills whatever a URL leaves out from PGHOST, PGPASSWORD, PGOPTIONS …: such variables of the shell
 * must never lead this system into somebody's database. Called before every connection is set up.
 */
export function forgetPgVariables(env: NodeJS.ProcessEnv = process.env): void {
  for (const key of Object.keys(env)) if (/^PG[A-Z]+$/.test(key)) delete env[key];
}

/** Options of the one DataSource. Entities come from each room's `TypeOrmModule.forFeature`. */
export function dataSourceOptions(
  url: string,
  poolSize: number,
  applicationName: string,
): Extract<DataSourceOptions, { type: 'postgres' }> {
  forgetPgVariables();
  return {
    type: 'postgres',
    url,
    poolSize,
    applicationName,
    synchronize: false,
    migrationsRun: false,
    extra: {
      connectionTimeoutMillis: 10_000,
      idleTimeoutMillis: 30_000,
      // Sessions speak UTC; law arithmetic names Asia/Shanghai itself.
      options: '-c timezone=UTC',
      // A process that hangs inside a transaction must not hold its claims for ever.
      idle_in_transaction_session_timeout: 60_000,
      statement_timeout: 60_000,
    },
  };
}

/** The URL without its password, for messages. */
export function shownUrl(url: string): string {
  try {
    const u = new URL(url);
    return `${u.hostname}:${u.port || '5432'}${u.pathname}`;
  } catch {
    return '(unreadable address)';
  }
}
