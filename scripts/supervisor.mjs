// One small supervisor: database, migrations, first administrator, then crawler, rules and gateway as
// processes of their own. A child that dies is started again; whatever ends us ends them.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChildProcesses } from './child-processes.mjs';
import { openLog } from './log-lines.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(join(root, 'dist', 'libs', 'storage', 'src', 'index.js'));
const EXIT_CONFIG = 78;
const CRAWLER_WAITS_MS = 3_000;
const PARENT_WATCH_MS = 500;
const STOP_CHILDREN_MS = 7_500;
const REPAIR_WAIT_MS = [250, 500, 1000, 2000, 5000];

export async function supervise() {
  const log = openLog();
  const supervisor = new Supervisor(log);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => void supervisor.stop(0, `${signal}: stopping …`));
  // Started by a program (a test): it goes, we go.
  if (process.send) process.on('disconnect', () => void supervisor.stop(0, 'the starting program is gone: stopping …'));
  // npm was killed: the shell between npm and us passes no signal on.
  if (process.env.npm_lifecycle_event) onOrphaned(() => void supervisor.stop(0, 'npm is gone: stopping …'));
  try {
    await supervisor.start();
  } catch (error) {
    supervisor.say(oneLine(error));
    await supervisor.stop(
      error.name === 'ConfigFaults' || error.constructor?.name === 'SchemaMismatch' ? EXIT_CONFIG : 1,
    );
  }
}

function onOrphaned(stop) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stop();
  }, PARENT_WATCH_MS);
  watch.unref();
}

class Supervisor {
  #log;
  #server = null;
  #serverStart = null;
  #children = null;
  #stopping = null;

  constructor(log) {
    this.#log = log;
  }

  say(text) {
    for (const line of text.split('\n')) this.#log('start', line);
  }

  async start() {
    const { checkSettings, loadSettings, ConfigFaults } = require('../../settings/src/index.js');
    const faults = checkSettings();
    if (faults.length > 0) throw new ConfigFaults(faults);
    const settings = loadSettings();
    this.#log.json = settings.log.format === 'json';
    await this.#checkPort(settings.server);
    const url = settings.database.url ?? (await this.#startDatabase(settings.dataDir));
    if (this.#stopping) return;
    await this.#migrate(url);
    if (this.#stopping) return;
    await this.#startChildren(settings, url);
    if (this.#stopping) return;
    // Made last: a password that nobody was shown would lock everybody out.
    this.#announce(settings, url, await firstAdministrator(url));
  }

  /** Before the database is touched: a second start must say so at once, in one line. */
  async #checkPort({ host, port }) {
    const { createServer } = await import('node:net');
    const probe = createServer();
    await new Promise((resolve, reject) => {
      probe.once('error', (error) => reject(new Error(portFault(error, host, port))));
      probe.listen(port, host, resolve);
    });
    await new Promise((resolve) => probe.close(resolve));
  }

  async #startDatabase(dataDir, port) {
    const { startEmbedded } = require('./embedded/index.js');
    this.#serverStart = startEmbedded({ dataDir, port, log: (line) => this.#log('postgres', line) });
    this.#server = await this.#serverStart;
    const { url, port: usedPort, ended } = this.#server;
    void ended.then(() => this.#stopping ?? this.#repairDatabase(dataDir, usedPort));
    return url;
  }

  /** The database died under us (killed, disk full): same port again, so that every pool finds it. */
  async #repairDatabase(dataDir, port, tries = 0) {
    const wait = REPAIR_WAIT_MS[Math.min(tries, REPAIR_WAIT_MS.length - 1)];
    this.#log('postgres', `ended; starting again in ${wait} ms`);
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (this.#stopping) return;
    try {
      await this.#startDatabase(dataDir, port);
      this.#log('postgres', 'ready again');
    } catch (error) {
      this.#log('postgres', oneLine(error));
      await this.#repairDatabase(dataDir, port, tries + 1);
    }
  }

  async #migrate(url) {
    const { migrate } = require('./index.js');
    const applied = await migrate(url).catch((error) => {
      throw databaseFault(url, error);
    });
    if (applied.length > 0) this.say(`database brought up to date: ${applied.join(', ')}`);
  }

  async #startChildren(settings, url) {
    const env = {
      ...process.env,
      DATABASE_URL: url,
      HUIYING_CONFIG: settings.configDir,
      HUIYING_DATA: settings.dataDir,
    };
    this.#children = new ChildProcesses({
      root,
      env,
      log: this.#log,
      onRefusal: (name) => void this.stop(EXIT_CONFIG, `${name} refused to start (see its line above): stopping …`),
    });
    const gateway = this.#children.start('gateway');
    void this.#children.start('rules');
    // The first page comes first: the crawler takes two seconds of a core to load its dictionaries.
    await Promise.race([gateway, new Promise((resolve) => setTimeout(resolve, CRAWLER_WAITS_MS))]);
    if (!this.#stopping) void this.#children.start('crawler');
    await gateway;
  }

  #announce(settings, url, administrator) {
    const port = this.#children.portOf('gateway') ?? settings.server.port;
    const host = settings.server.host.includes(':') ? `[${settings.server.host}]` : settings.server.host;
    const address = `http://${host}:${port}`;
    this.say('');
    this.say(`回应 已就绪：${address}`);
    if (administrator) {
      this.say(`首个管理员 ${administrator.username} 的一次性密码：${administrator.oneTimePassword}`);
      this.say('一次性密码只显示这一次，首次登录时请设自己的密码');
    }
    this.say('按 Ctrl-C 全部停止');
    process.send?.({
      kind: 'running',
      url: address,
      databaseUrl: url,
      administrator,
      databasePid: this.#server?.pid ?? null,
    });
  }

  /** Children first, the database last. The first call decides the exit code. */
  stop(code, why) {
    this.#stopping ??= (async () => {
      if (why) this.say(why);
      await this.#children?.stop(STOP_CHILDREN_MS);
      // Perhaps still on its way: a Ctrl-C in the first second must not leave it behind.
      await (await this.#serverStart?.catch(() => null))?.stop();
      if (why) this.say('stopped');
      process.exit(code);
    })();
    return this.#stopping;
  }
}

/** On a database without accounts: who may sign in first, and how; else null. */
async function firstAdministrator(url) {
  const { dataSourceOptions } = require('./index.js');
  const { ensureFirstAdministrator } = require('../../accounts/src/index.js');
  const { DataSource } = require('typeorm');
  const dataSource = await new DataSource(dataSourceOptions(url, 2, 'huiying-start')).initialize();
  try {
    return await ensureFirstAdministrator(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

function databaseFault(url, error) {
  const { shownUrl } = require('./index.js');
  const code = error.code ?? error.errors?.[0]?.code;
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'ETIMEDOUT' || /^28|^3D000/.test(code ?? '')) {
    return new Error(`the database at ${shownUrl(url)} cannot be used (${error.message || code}): check DATABASE_URL`);
  }
  return error;
}

function portFault(error, host, port) {
  if (error.code === 'EADDRINUSE')
    return `port ${port} on ${host} is taken (is huiying running already?): stop that program or set HUIYING_PORT`;
  if (error.code === 'EACCES')
    return `port ${port} is not allowed for this user: choose one above 1023 with HUIYING_PORT`;
  return `cannot listen on ${host}:${port} (${error.message}): check server.host in huiying.yaml or HUIYING_HOST`;
}

/** What a person can mend, in its own words; a bug with its stack. */
function oneLine(error) {
  const known = ['ConfigFaults', 'Error', 'AggregateError'].includes(error.name);
  return known && error.message ? error.message : (error.stack ?? String(error));
}
