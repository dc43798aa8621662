import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { migrate } from '../migrate';
import { CopySource } from './copy-source';
import { CopyTarget } from './copy-target';

const manifestSchema = z.object({
  format: z.literal('huiying-backup-1', 'huiying-backup-1'),
  takenAt: z.iso.datetime(),
  migrations: z.array(z.object({ version: z.int(), name: z.string(), checksum: z.string() })),
  tables: z.array(
    z.object({
      name: z.string(),
      columns: z.array(z.string()),
      rows: z.int().min(0),
      bytes: z.int().min(0),
      sha256: z.string(),
    }),
  ),
  sequences: z.array(z.object({ sequence: z.string(), last: z.string().nullable() })),
  /** The months of partitioned tables; none before there were any. */
  parts: z
    .array(
      z.object({
        table: z.string(),
        name: z.string(),
        from: z.string().regex(/^\d+$/).nullable(),
        to: z.string().nullable(),
      }),
    )
    .default([]),
});
/** What a backup holds: the instant it shows, and every table with its rows and the SHA-256 of its file. */
export type BackupManifest = z.infer<typeof manifestSchema>;

const MANIFEST = 'manifest.json';
const fileOf = (folder: string, table: string): string => join(folder, `${table}.copy.gz`);

/**
 * Writes every table to a folder that does not exist yet, as of one instant, while the system goes on. The folder appears
 * under its name only when all of it is written.
 * @throws Error when the folder is there
 */
export async function writeBackup(url: string, folder: string): Promise<BackupManifest> {
  const half = join(dirname(folder), `.${basename(folder)}.part`);
  if (await exists(folder)) throw new Error(`${folder} is there already: name a folder that is not`);
  const source = await CopySource.open(url);
  try {
    await rm(half, { recursive: true, force: true });
    await mkdir(half, { recursive: true, mode: 0o700 });
    const tables: BackupManifest['tables'] = [];
    for (const table of source.tables) {
      const hash = new Digest();
      await pipeline(
        source.read(table),
        createGzip({ level: 6 }),
        hash,
        createWriteStream(fileOf(half, table.name), { mode: 0o600 }),
      );
      tables.push({ name: table.name, columns: table.columns, rows: await source.count(table), ...hash.result() });
    }
    const { takenAt, migrations, parts } = source;
    const manifest: BackupManifest = {
      format: 'huiying-backup-1',
      takenAt: takenAt.toISOString(),
      migrations,
      tables,
      sequences: await source.sequences(),
      parts,
    };
    await writeFile(join(half, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`, { mode: 0o600 });
    await rename(half, folder);
    return manifest;
  } catch (error) {
    await rm(half, { recursive: true, force: true });
    throw error;
  } finally {
    await source.close();
  }
}

/** Reads the manifest and holds every file against its digest. @throws Error that names the file */
export async function checkBackup(folder: string): Promise<BackupManifest> {
  let text: string;
  try {
    text = await readFile(join(folder, MANIFEST), 'utf8');
  } catch {
    throw new Error(`${folder} holds no backup: there is no ${MANIFEST}`);
  }
  const read = manifestSchema.safeParse(parsed(text));
  if (!read.success)
    throw new Error(
      `${join(folder, MANIFEST)}: ${read.error.issues[0]?.path.join('.') ?? ''} ${read.error.issues[0]?.message ?? ''}`,
    );
  for (const table of read.data.tables) {
    const hash = new Digest();
    const file = fileOf(folder, table.name);
    try {
      await pipeline(createReadStream(file), hash, async (all) => {
        for await (const _chunk of all);
      });
    } catch (error) {
      throw new Error(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
    }
    if (hash.result().sha256 !== table.sha256)
      throw new Error(`${file} is damaged: it is not the file that was written`);
  }
  return read.data;
}

/**
 * Loads a backup into an empty database and brings it up to this program. In one transaction: after a fault nothing is there.
 * @throws Error when a file is damaged, rows are missing, or the database is not empty
 */
export async function restoreBackup(folder: string, url: string): Promise<BackupManifest> {
  const manifest = await checkBackup(folder);
  const target = await CopyTarget.open(url, manifest.migrations, manifest.parts);
  try {
    for (const kept of manifest.tables) {
      const table = target.tables.find((t) => t.name === kept.name);
      if (!table) throw new Error(`the backup has a table ${kept.name} that is not in the database`);
      await pipeline(
        createReadStream(fileOf(folder, kept.name)),
        createGunzip(),
        target.write({ ...table, columns: kept.columns }),
      );
      const rows = await target.count(table);
      if (rows !== kept.rows) throw new Error(`table ${kept.name}: ${rows} rows were loaded, ${kept.rows} were kept`);
    }
    await target.commit(manifest.sequences);
  } finally {
    await target.close();
  }
  await migrate(url);
  return manifest;
}

/**
 * Moves everything to another, empty database, table by table without a file between.
 * @throws Error when a process of the system still writes to the old one: what it wrote meanwhile would be lost
 */
export async function moveDatabase(from: string, to: string): Promise<{ tables: number; rows: number }> {
  const source = await CopySource.open(from);
  try {
    const busy = await source.atWork();
    if (busy.length > 0) throw new Error(`${busy.join(', ')} still at work on the old database: stop the system first`);
    const target = await CopyTarget.open(to, source.migrations, source.parts);
    let rows = 0;
    try {
      for (const table of source.tables) {
        await pipeline(source.read(table), target.write(table));
        const [there, here] = [await source.count(table), await target.count(table)];
        if (there !== here) throw new Error(`table ${table.name}: ${here} rows arrived of ${there}`);
        rows += here;
      }
      await target.commit(await source.sequences());
    } finally {
      await target.close();
    }
    await migrate(to);
    return { tables: source.tables.length, rows };
  } finally {
    await source.close();
  }
}

class Digest extends Transform {
  private readonly hash = createHash('sha256');
  private bytes = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
    this.hash.update(chunk);
    this.bytes += chunk.length;
    done(null, chunk);
  }

  result(): { bytes: number; sha256: string } {
    return { bytes: this.bytes, sha256: this.hash.digest('hex') };
  }
}

async function exists(folder: string): Promise<boolean> {
  return readdir(folder).then(
    () => true,
    () => false,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
