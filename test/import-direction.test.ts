import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';

const root = join(__dirname, '..');

/**
 * The line: what each lib may import. accounts and notify stand beside response: response knows neither;
 * notify carries out what response wrote to the outbox, through response, its only writer.
 */
const LINE: Record<string, string[]> = {
  domain: [],
  settings: ['domain'],
  storage: ['domain', 'settings'],
  response: ['domain', 'settings', 'storage'],
  accounts: ['domain', 'settings', 'storage'],
  notify: ['domain', 'settings', 'storage', 'response'],
  intake: ['domain', 'settings', 'storage', 'response'],
  stats: ['domain', 'settings', 'storage'],
};
const LIBS = Object.keys(LINE);
const APPS: Record<string, string[]> = { crawler: LIBS, rules: LIBS, gateway: LIBS, cli: LIBS, dashboard: ['domain'] };

/** Everything the root of the repository holds. A new entry is a decision: argue for it, then list it here. */
const ROOT = [
  ...['.ci', 'apps', 'config', 'libs', 'scripts', 'test'],
  ...['.editorconfig', '.eslint.config.mjs', '.gitignore', '.prettierignore', '.prettierrc', '.swcrc'],
  ...['LICENSE', 'README.md', 'nest-cli.json', 'package-lock.json', 'package.json', 'tsconfig.json'],
];
/** Made by git, npm, the build and the running system. */
const IGNORED = ['.git', 'node_modules', 'dist', 'data', 'coverage'];
const DRAWERS = /^(utils?|helpers?|common|types|manager|misc)(\.|$)/;

interface Import {
  file: string;
  from: string;
}

function codeBelow(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|vue|mjs)$/.test(file) && !file.includes('node_modules'))
    .map((file) => join(folder, file));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const code = file.endsWith('.vue')
    ? [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map((m) => m[1]).join('\n')
    : text;
  return ts.preProcessFile(code, true, true).importedFiles.map(({ fileName }) => ({ file, from: fileName }));
}

/** What is wrong with one import, or null. `room` is `libs/x` or `apps/x`. */
function faultOf({ file, from }: Import, room: string, allowed: string[]): string | null {
  const alias = /^@app\/([^/]+)(\/.*)?$/.exec(from);
  if (alias) {
    const [, lib = '', deep] = alias;
    if (deep) return `${file}: ${from} reaches past the index of ${lib}`;
    return allowed.includes(lib) ? null : `${file}: ${basename(room)} may not import ${from}`;
  }
  if (!from.startsWith('.')) return null;
  const target = relative(root, resolve(root, dirname(file), from));
  return target.startsWith(room + sep) ? null : `${file}: ${from} leaves its room`;
}

function faultsOf(room: string, allowed: string[]): string[] {
  return codeBelow(room)
    .flatMap(importsOf)
    .map((one) => faultOf(one, room, allowed))
    .filter((fault) => fault !== null);
}

describe('the direction of imports', () => {
  it('every lib and app has its place in the line', () => {
    expect(readdirSync(join(root, 'libs')).sort()).toEqual([...LIBS].sort());
    expect(readdirSync(join(root, 'apps')).sort()).toEqual(Object.keys(APPS).sort());
  });

  it.each(Object.entries(LINE))('libs/%s imports nothing to its right', (lib, allowed) => {
    expect(codeBelow(`libs/${lib}`).length).toBeGreaterThan(0);
    // A lib's own index is reached by relative paths.
    expect(faultsOf(`libs/${lib}`, allowed)).toEqual([]);
  });

  it.each(Object.entries(APPS))('apps/%s imports libs only through their index', (app, allowed) => {
    expect(codeBelow(`apps/${app}`).length).toBeGreaterThan(0);
    expect(faultsOf(`apps/${app}`, allowed)).toEqual([]);
  });

  it('the pure core imports neither Node nor any package but luxon', () => {
    const outside = codeBelow('libs/domain')
      .filter((file) => !file.endsWith('.spec.ts'))
      .flatMap(importsOf)
      .filter(({ from }) => !from.startsWith('.') && from !== 'luxon');
    expect(outside).toEqual([]);
  });

  it('the check itself sees a wrong import', () => {
    const wrong = (from: string, file = 'libs/response/src/x.ts') =>
      faultOf({ file, from }, 'libs/response', LINE.response ?? []);
    expect(wrong('@app/intake')).toMatch(/may not import/);
    expect(wrong('@app/storage/src/rows')).toMatch(/reaches past/);
    expect(wrong('../../storage/src/rows')).toMatch(/leaves its room/);
    expect(wrong('@app/storage')).toBeNull();
    expect(wrong('./y')).toBeNull();
  });
});

describe('the shape of the repository', () => {
  it('the root holds nothing that is not on its list', () => {
    const entries = readdirSync(root).filter((entry) => !IGNORED.includes(entry));
    expect(entries.filter((entry) => !ROOT.includes(entry))).toEqual([]);
  });

  it('code files are kebab-case nouns, and there is no drawer', () => {
    const code = ['apps', 'libs', 'scripts', 'test'].flatMap(codeBelow).map((file) => basename(file));
    expect(code.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)+$/.test(name))).toEqual([]);
    expect(code.filter((name) => DRAWERS.test(name))).toEqual([]);
  });
});
