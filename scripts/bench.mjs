#!/usr/bin/env node
// npm run bench -- NAME [ARGS]: builds what is stale, compiles scripts/bench and runs the bench of that name.
// npm run bench [-- --full] [--only NAME,NAME] [--times N]: all of them, small (--full: at the sizes of the README), as one table.
// npm run bench -- compare OLD.json NEW.json [--noise 0.3]: ratios of two runs, and what exceeds the noise.
// --json FILE: where the figures are kept (default: data/bench/, which git passes over).
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare, isKept, loadNow, machineFacts, NOISE, tableOf } from './bench-report.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'scripts', 'bench');
const say = (line) => process.stdout.write(`${line}\n`);

/** In this order; each with the arguments of its small runs (several: one after the other). The soak takes hours: by name only. */
const ALL = [
  ['start'],
  ['classify'],
  ['clocks'],
  ['faults'],
  [
    'intake',
    ...['300', '600', '1200'].map((items) => ['--items', items, '--runs', '1', '--feeds', '0', '--without-plain']),
  ],
  ['search'],
  ['stats'],
  ['export'],
  ['sockets'],
  ['fleet'],
  ['dashboard'],
];

const files = (await readdir(source)).filter((file) => file.endsWith('.ts'));
const benches = files.filter((file) => file.endsWith('.bench.ts')).map((file) => file.slice(0, -'.bench.ts'.length));
const args = process.argv.slice(2);
const json = take('--json');
const [name] = args;

if (name === 'compare') process.exitCode = compareFiles(args.slice(1));
else if (name === undefined || name.startsWith('--')) await runAll();
else if (benches.includes(name)) await runOne(name, args.slice(1));
else {
  process.stderr.write(`bench: which one? ${benches.join(', ')}, compare OLD NEW, or none for all\n`);
  process.exitCode = 2;
}

function take(option) {
  const at = args.indexOf(option);
  return at < 0 ? undefined : args.splice(at, 2)[1];
}

function compareFiles([older, newer]) {
  const noise = Number(take('--noise') ?? NOISE);
  if (!older || !newer || !(noise >= 0)) {
    process.stderr.write('bench: compare OLD.json NEW.json [--noise 0.3]\n');
    return 2;
  }
  const [a, b] = [older, newer].map((file) => JSON.parse(readFileSync(file, 'utf8')));
  const told = ({ machine, startedAt, loadBefore, loadAfter }) =>
    `${startedAt} ${machine.commit}${machine.changed ? '+' : ''}, ${machine.cores} cores, Node ${machine.node}, load ${loadBefore} → ${loadAfter}`;
  say(`before: ${told(a)}\nafter:  ${told(b)}`);
  const { lines, worse } = compare(a, b, noise);
  for (const line of lines) say(line);
  say(`noise: ${noise * 100} %, or the spread of a figure measured more than once; ${worse} figure(s) worse than that`);
  return 0;
}

async function runOne(bench, rest) {
  const run = await openRun('full');
  try {
    await play(run, bench, rest);
    if (run.figures().length > 0) await keep(run);
    process.exitCode = run.benches[0].exitCode;
  } finally {
    run.close();
  }
}

async function runAll() {
  const full = args.includes('--full');
  const only = take('--only')?.split(',') ?? ALL.map(([bench]) => bench);
  const run = await openRun(full ? 'full' : 'quick');
  const times = Number(take('--times') ?? 1);
  try {
    for (let n = 0; n < times; n++)
      for (const [bench, ...small] of ALL.filter(([bench]) => only.includes(bench)))
        for (const rest of full || small.length === 0 ? [[]] : small) await play(run, bench, rest);
    const kept = await keep(run);
    const { machine } = kept;
    say('');
    for (const line of tableOf(kept.figures)) say(line);
    say(
      `\n${machine.cores} cores (${machine.processor}), ${machine.memoryMb} MB, Node ${machine.node}, commit ${machine.commit}${machine.changed ? ' with changes' : ''}; load ${kept.loadBefore} → ${kept.loadAfter}; ${Math.round(kept.seconds)} s, ${kept.form} form`,
    );
    const failed = run.benches.filter((b) => b.exitCode !== 0).map((b) => b.bench);
    if (failed.length > 0) say(`missed a limit or did not run: ${[...new Set(failed)].join(', ')}`);
    process.exitCode = kept.figures.every(isKept) && failed.length === 0 ? 0 : 1;
  } finally {
    run.close();
  }
}

/** A copy of build and config: somebody who builds or edits meanwhile must not change what is measured. */
async function openRun(form) {
  const { transformFile } = await import('@swc/core');
  const { build } = await import('./build.mjs');
  await build({ only: 'server', log: (line) => process.stderr.write(`${line}\n`) });
  const target = join(root, 'dist', `bench-${process.pid}`);
  await mkdir(join(target, 'scripts', 'bench'), { recursive: true });
  for (const part of ['libs', 'apps']) await cp(join(root, 'dist', part), join(target, part), { recursive: true });
  await cp(join(root, 'config'), join(target, 'config'), { recursive: true });
  for (const file of files) {
    const { code } = await transformFile(join(source, file), {
      cwd: root,
      filename: join(source, file),
      jsc: { baseUrl: root },
    });
    await writeFile(join(target, 'scripts', 'bench', file.replace(/\.ts$/, '.js')), code);
  }
  const told = join(target, 'figures.jsonl');
  const lines = () => (existsSync(told) ? readFileSync(told, 'utf8').trim().split('\n').filter(Boolean) : []);
  return {
    form,
    target,
    told,
    benches: [],
    startedAt: new Date(),
    loadBefore: loadNow(),
    figures: () => lines().map((line) => JSON.parse(line)),
    close: () => rmSync(target, { recursive: true, force: true }),
  };
}

/** Runs one bench to its end; one that fails does not keep the others from running. */
async function play(run, bench, rest) {
  const [started, loadBefore] = [performance.now(), loadNow()];
  if (run.form === 'quick') say(`\n— ${[bench, ...rest].join(' ')} (load ${loadBefore})`);
  const env = {
    ...process.env,
    HUIYING_CONFIG: join(run.target, 'config'),
    BENCH_NAME: bench,
    BENCH_FORM: run.form,
    BENCH_FIGURES: run.told,
    BENCH_JSON: json ? resolve(json) : '',
  };
  const child = spawn(process.execPath, [join(run.target, 'scripts', 'bench', `${bench}.bench.js`), ...rest], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  const hand = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, hand);
  const exitCode = await new Promise((done) => child.on('close', (code) => done(code ?? 1)));
  for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, hand);
  run.benches.push({
    bench,
    args: rest,
    exitCode,
    seconds: (performance.now() - started) / 1000,
    loadBefore,
    loadAfter: loadNow(),
  });
}

async function keep(run) {
  const at = run.startedAt.toISOString();
  const machine = machineFacts(root);
  const kept = {
    startedAt: at,
    form: run.form,
    seconds: (Date.now() - run.startedAt) / 1000,
    machine,
    loadBefore: run.loadBefore,
    loadAfter: loadNow(),
    benches: run.benches,
    figures: run.figures(),
  };
  const name = `${at.slice(0, 19).replace(/[-:]/g, '')}-${run.benches.length === 1 ? `${run.benches[0].bench}-` : ''}${machine.commit || 'unknown'}.json`;
  const file = resolve(json ?? join(process.env.HUIYING_DATA ?? join(root, 'data'), 'bench', name));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(kept, null, 1)}\n`);
  process.stderr.write(`figures kept in ${file}\n`);
  return kept;
}
