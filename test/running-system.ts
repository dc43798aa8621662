import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataSourceOptions, shiftTime, type TimeShift } from '@app/storage';
import { DataSource } from 'typeorm';

export const root = join(__dirname, '..');
export const PROCESSES = ['gateway', 'rules', 'crawler'] as const;
export type ProcessName = (typeof PROCESSES)[number];

export interface StartOptions {
  /** Changes the copy of config/ before the start. */
  edit?: (configDir: string) => void;
  /** Kept over several starts; default: a temporary folder, removed with `stop`. */
  dataDir?: string;
  env?: Record<string, string>;
  /** Arguments after scripts/start.mjs; default a free port and what is built. */
  args?: string[];
}

export interface Ended {
  code: number | null;
  /** Everything said on both outputs. */
  said: string;
}

interface Running {
  url: string;
  databaseUrl: string;
  databasePid: number | null;
  administrator: { username: string; oneTimePassword: string } | null;
}

/** The whole built system, started as an administrator starts it, with a config and data of its own. */
export class RunningSystem {
  private static readonly living = new Set<RunningSystem>();
  private readonly pids = new Map<ProcessName, number>();
  private readonly waiting = new Set<() => void>();
  private running: Running | null = null;
  private ended: Ended | null = null;
  private said = '';
  private source: DataSource | null = null;

  private constructor(
    private readonly child: ChildProcess,
    readonly configDir: string,
    readonly dataDir: string,
    private readonly ownsData: boolean,
  ) {
    RunningSystem.living.add(this);
    const hear = (chunk: Buffer): void => void (this.said += chunk.toString());
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.on('message', (message) => this.heard(message as { kind: string }));
    child.on('close', (code) => {
      this.ended = { code, said: this.said };
      RunningSystem.living.delete(this);
      this.wake();
    });
  }

  /** Starts without waiting for anything. */
  static spawn(options: StartOptions = {}): RunningSystem {
    buildOnce();
    const configDir = mkdtempSync(join(tmpdir(), 'huiying-config-'));
    cpSync(join(root, 'config'), configDir, { recursive: true });
    options.edit?.(configDir);
    const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'huiying-data-'));
    const args = options.args ?? ['--as-built', '--port', '0'];
    const child = fork(join(root, 'scripts', 'start.mjs'), [...args, '--data', dataDir, '--config', configDir], {
      cwd: root,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...options.env },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    return new RunningSystem(child, configDir, dataDir, options.dataDir === undefined);
  }

  /** Starts and waits until every process is ready. Fails with what was said when it ends instead. */
  static async start(options: StartOptions = {}): Promise<RunningSystem> {
    const system = RunningSystem.spawn(options);
    await system.until(() => system.running !== null && system.pids.size === PROCESSES.length, 'start');
    return system;
  }

  /** A start that must fail: its exit code and words. Leaves nothing behind. */
  static async refused(options: StartOptions = {}): Promise<Ended> {
    const system = RunningSystem.spawn(options);
    try {
      await system.until(() => system.running !== null, 'end').catch(() => undefined);
      if (system.ended === null) throw new Error(`the start was not refused:\n${system.said}`);
      return system.ended;
    } finally {
      await system.stop();
    }
  }

  /** For `afterEach`: what a failed test left running. */
  static async stopAll(): Promise<void> {
    await Promise.all([...RunningSystem.living].map((system) => system.stop()));
  }

  get url(): string {
    return this.now().url;
  }

  get databaseUrl(): string {
    return this.now().databaseUrl;
  }

  /** Only on the first start of a database. */
  get administrator(): Running['administrator'] {
    return this.now().administrator;
  }

  /** What was said so far, for messages of failing tests and for looking at lines. */
  get log(): string {
    return this.said;
  }

  pidOf(name: ProcessName | 'postgres' | 'supervisor'): number {
    const pid =
      name === 'supervisor' ? this.child.pid : name === 'postgres' ? this.now().databasePid : this.pids.get(name);
    if (!pid) throw new Error(`${name} does not run`);
    return pid;
  }

  /** The database of the running system. */
  async db(): Promise<DataSource> {
    this.source ??= await new DataSource(dataSourceOptions(this.databaseUrl, 3, 'huiying-test')).initialize();
    return this.source;
  }

  async shiftTime(shift: TimeShift): Promise<Date> {
    return shiftTime(await this.db(), shift);
  }

  /** kill -9; resolves when the supervisor brought it back. */
  async killChild(name: ProcessName): Promise<void> {
    const former = this.pidOf(name);
    process.kill(former, 'SIGKILL');
    await this.until(() => this.pids.get(name) !== former, `return of ${name}`);
  }

  /** kill -9 of the supervisor itself. */
  async killSupervisor(): Promise<void> {
    await this.closeSource();
    this.child.kill('SIGKILL');
    await this.until(() => this.ended !== null, 'death of the supervisor');
  }

  /** Ctrl-C's signal by default; waits for the end and removes what `start` made. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<Ended> {
    await this.closeSource();
    if (this.ended === null) this.child.kill(signal);
    await this.until(() => this.ended !== null, 'end');
    rmSync(this.configDir, { recursive: true, force: true });
    if (this.ownsData) rmSync(this.dataDir, { recursive: true, force: true });
    return this.ended ?? { code: null, said: this.said };
  }

  private async closeSource(): Promise<void> {
    await this.source?.destroy().catch(() => undefined);
    this.source = null;
  }

  private now(): Running {
    if (!this.running) throw new Error(`not running:\n${this.said}`);
    return this.running;
  }

  private heard(message: { kind: string }): void {
    if (message.kind === 'running') this.running = message as unknown as Running & { kind: string };
    if (message.kind === 'child') {
      const { name, pid } = message as unknown as { name: ProcessName; pid: number };
      this.pids.set(name, pid);
    }
    this.wake();
  }

  private wake(): void {
    for (const look of [...this.waiting]) look();
  }

  private until(done: () => boolean, what: string, withinMs = 60_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
        settle();
      };
      const look = (): void => {
        if (done()) finish(resolve);
        else if (this.ended !== null)
          finish(() => reject(new Error(`ended before ${what} (${this.ended?.code}):\n${this.said}`)));
      };
      const timer = setTimeout(
        () => finish(() => reject(new Error(`no ${what} within ${withinMs} ms:\n${this.said}`))),
        withinMs,
      );
      this.waiting.add(look);
      look();
    });
  }
}

let built = false;

/** The built processes are up to date, once a test file. */
export function buildOnce(): void {
  if (!built)
    execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs'), '--quiet'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  built = true;
}
