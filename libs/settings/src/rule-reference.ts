import { layerPacks, packChain, type BookFault, type Ladder, type RulePack } from '@app/domain';
import { basename, join } from 'node:path';
import { readWritten, type ConfigFault, type WrittenFile } from './config-file';
import { yamlFiles } from './config-folder';

/**
 * References between files: packs in force, what a pack extends and drops, ladders, duties that are opened or
 * superseded, the department that gets what nobody leads, the departments of alert routes. Works on the files as they are written, so that a fault of
 * a schema does not hide them. A file that is no YAML is known by its name, and what depends on its content is left out.
 */
export function checkReferences(configDir: string, faults: ConfigFault[]): void {
  const ladders = new Map(yamlFiles(configDir, 'ladders', []).map((f) => [basename(f, '.yaml'), {} as Ladder]));
  const packs = new Map<string, WrittenPack | null>();
  for (const file of yamlFiles(configDir, 'rules', [])) packs.set(basename(file, '.yaml'), writtenPack(file));
  if (packs.size > 0) checkPacksInForce(join(configDir, 'huiying.yaml'), [...packs.keys()], faults);
  // Without any ladder, or any pack, the missing folder is the one fault.
  if (packs.size > 0 && ladders.size > 0) checkPacks(packs, Object.fromEntries(ladders), faults);
  checkFallback(join(configDir, 'departments.yaml'), faults);
  checkRoutes(configDir, faults);
}

interface WrittenPack {
  pack: RulePack;
  written: WrittenFile;
}

function checkPacksInForce(file: string, known: string[], faults: ConfigFault[]): void {
  const main = readWritten(file);
  for (const [i, name] of listOf(at(at(main?.value, 'rules'), 'packs')).entries()) {
    if (typeof name !== 'string' || known.includes(name)) continue;
    const key = `rules.packs.${i}`;
    faults.push({ file, line: main!.lineOf(['rules', 'packs', i]), key, value: name, allowed: `one of ${known.join(', ')}` });
  }
}

/** Each pack must stand on its own chain. */
function checkPacks(packs: Map<string, WrittenPack | null>, ladders: Record<string, Ladder>, faults: ConfigFault[]): void {
  const unread = { duties: [] } as unknown as RulePack;
  const all = Object.fromEntries([...packs].map(([name, p]) => [name, p?.pack ?? { ...unread, id: name }]));
  const seen = new Set<string>();
  for (const [name, p] of packs) {
    if (p === null) continue;
    const chain = packChain(all, [name]);
    if (!chain.ok) {
      faults.push({ file: p.written.file, line: p.written.lineOf(['extends']), key: 'extends', value: chain.at, allowed: chain.allowed });
      continue;
    }
    const whole = chain.packs.every((below) => packs.get(below.id));
    for (const f of layerPacks(chain.packs, ladders).faults) {
      const where = packs.get(f.pack);
      const id = `${f.pack} ${f.duty}.${f.key} ${String(f.value)}`;
      // The packs below are named again by every pack above them.
      // What is missing or no text is the schema's to report.
      if (!where || typeof f.value !== 'string' || (!whole && f.key !== 'ladder') || seen.has(id)) continue;
      seen.add(id);
      const line = where.written.lineOf(pathOf(where.pack, f));
      faults.push({ file: where.written.file, line, key: `${f.duty}.${f.key}`, value: f.value, allowed: f.allowed });
    }
  }
}

/** Where in its file a fault of a pack stands. */
function pathOf({ drops = [], duties, recurring = [] }: RulePack, f: BookFault): (string | number)[] {
  if (f.key === 'drops') return ['drops', drops.findIndex((d) => d.duty === f.value), 'duty'];
  for (const [i, d] of duties.entries()) {
    if (d.id !== f.duty) continue;
    if (f.key === 'ladder' && d.ladder === f.value) return ['duties', i, 'ladder'];
    const opens = (d.opens ?? []).findIndex((o) => o.duty === f.value);
    if (opens >= 0) return ['duties', i, 'opens', opens, 'duty'];
    const supersedes = (d.supersedes ?? []).findIndex((s) => s === f.value);
    if (supersedes >= 0) return ['duties', i, 'supersedes', supersedes];
  }
  const of = recurring.findIndex((r) => r.id === f.duty && f.key === 'ladder' && r.ladder === f.value);
  return of >= 0 ? ['recurring', of, 'ladder'] : ['duties'];
}

/** What of a pack names other things, as far as it is written in the form that is wanted; order and number are kept. */
function writtenPack(file: string): WrittenPack | null {
  const written = readWritten(file);
  if (written === null) return null;
  const { value } = written;
  const duties = listOf(at(value, 'duties')).map((d) => ({
    id: at(d, 'id'),
    ladder: at(d, 'ladder'),
    opens: listOf(at(d, 'opens')).map((o) => ({ duty: at(o, 'duty') })),
    supersedes: listOf(at(d, 'supersedes')),
  }));
  const recurring = listOf(at(value, 'recurring')).map((r) => ({ id: at(r, 'id'), ladder: at(r, 'ladder') }));
  const drops = listOf(at(value, 'drops')).map((d) => ({ duty: at(d, 'duty') }));
  const below = at(value, 'extends');
  const pack = { id: basename(file, '.yaml'), extends: typeof below === 'string' ? below : undefined, drops, duties, recurring };
  return { pack: pack as unknown as RulePack, written };
}

function checkFallback(file: string, faults: ConfigFault[]): void {
  const written = readWritten(file);
  const fallback = at(written?.value, 'fallback');
  const ids = listOf(at(written?.value, 'departments')).map((d) => at(d, 'id'));
  if (!written || typeof fallback !== 'string' || ids.length === 0 || ids.includes(fallback)) return;
  faults.push({ file, line: written.lineOf(['fallback']), key: 'fallback', value: fallback, allowed: `one of ${ids.join(', ')}` });
}

function checkRoutes(configDir: string, faults: ConfigFault[]): void {
  const file = join(configDir, 'channels.yaml');
  const written = readWritten(file);
  const known = readWritten(join(configDir, 'departments.yaml'));
  const ids = listOf(at(known?.value, 'departments')).map((d) => at(d, 'id'));
  for (const [i, route] of listOf(at(written?.value, 'routes')).entries()) {
    for (const [n, id] of listOf(at(at(route, 'when'), 'departments')).entries()) {
      if (typeof id !== 'string' || ids.includes(id)) continue;
      const path = ['routes', i, 'when', 'departments', n];
      faults.push({ file, line: written!.lineOf(path), key: path.join('.'), value: id, allowed: `one of ${ids.join(', ')}` });
    }
  }
}

function at(value: unknown, key: string): unknown {
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[key] : undefined;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
