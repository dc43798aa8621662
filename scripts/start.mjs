#!/usr/bin/env node
// `npm start`: everything from a fresh clone to the running system. Only Node's own modules until the
// packages are there.
//   --port N      like HUIYING_PORT (0: any free one)
//   --data DIR    like HUIYING_DATA
//   --config DIR  like HUIYING_CONFIG
//   --as-built    neither install nor build: run what is in dist/
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { installDependencies, nodeFault } from './dependencies.mjs';

function log(line) {
  process.stdout.write(`${line}\n`);
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      data: { type: 'string' },
      config: { type: 'string' },
      'as-built': { type: 'boolean' },
    },
  });
  if (values.port !== undefined) process.env.HUIYING_PORT = values.port;
  if (values.data !== undefined) process.env.HUIYING_DATA = resolve(values.data);
  if (values.config !== undefined) process.env.HUIYING_CONFIG = resolve(values.config);
  return { asBuilt: values['as-built'] === true };
}

async function main() {
  const fault = nodeFault();
  if (fault) return refuse(fault, 1);
  let wishes;
  try {
    wishes = readArguments();
  } catch (error) {
    return refuse(error.message, 2);
  }
  try {
    if (!wishes.asBuilt) {
      await installDependencies({ log });
      await (await import('./build.mjs')).build({ log });
    }
  } catch (error) {
    return refuse(error.message, 1);
  }
  const { supervise } = await import('./supervisor.mjs');
  await supervise();
}

function refuse(line, code) {
  process.stderr.write(`huiying: ${line}\n`);
  process.exit(code);
}

await main();
