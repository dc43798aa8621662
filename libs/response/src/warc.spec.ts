import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { WARCParser } from 'warcio';
import { type ArchivedPage, writeWarc } from './warc';

const at = new Date('2026-02-14T00:00:00.123Z');
const GB = Buffer.from([0xc4, 0xe3, 0xba, 0xc3, 0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0xff]);
const pages: ArchivedPage[] = [
  {
    url: 'https://board.example/帖子?id=1',
    status: 200,
    headers: [
      ['content-type', 'text/html; charset=gb2312'],
      ['content-encoding', 'gzip'],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['x-folded', 'one\r\nWARC-Type: forged'],
    ],
    body: GB,
    fetchedAt: at,
  },
  { url: 'https://board.example/empty', status: 404, headers: [], body: Buffer.alloc(0), fetchedAt: at },
];
const warc = writeWarc(pages, { software: 'huiying', title: 'YQ-20260214-0001 某厂爆炸', at });

interface Read {
  type: string | null;
  uri: string | null;
  date: string | null;
  digest: string | null;
  status: number | undefined;
  headers: Map<string, string>;
  body: Buffer;
}

/** By another tool: warcio (webrecorder). */
async function readByWarcio(bytes: Buffer): Promise<Read[]> {
  const found: Read[] = [];
  for await (const record of new WARCParser(Readable.from([bytes]) as never)) {
    const body = Buffer.from(await record.readFully(true));
    const { httpHeaders, warcTargetURI: uri = null, warcDate: date = null, warcPayloadDigest: digest = null } = record;
    found.push({
      ...{ type: record.warcType, uri, date, digest },
      ...{ status: httpHeaders?.statusCode as number | undefined, body, headers: new Map([...(httpHeaders?.headers ?? [])]) },
    });
  }
  return found;
}

describe('a WARC of ours', () => {
  it('is opened by another tool, with the very bytes, times, addresses and digests', async () => {
    const [info, first, second, ...more] = await readByWarcio(warc);
    expect(more).toEqual([]);
    expect(info?.type).toBe('warcinfo');
    expect(info?.body.toString()).toContain('conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/');
    expect(first).toMatchObject({ type: 'response', uri: 'https://board.example/%E5%B8%96%E5%AD%90?id=1', date: at.toISOString(), status: 200 });
    expect(first?.body).toEqual(GB);
    expect(second).toMatchObject({ status: 404, body: Buffer.alloc(0) });
    expect(first?.headers.get('content-type')).toBe('text/html; charset=gb2312');
    // The content is kept as it was after the transfer's own compression was undone, and says so.
    expect(first?.headers.get('X-Archive-Orig-content-encoding') ?? first?.headers.get('x-archive-orig-content-encoding')).toBe('gzip');
    expect(first?.headers.get('Content-Length') ?? first?.headers.get('content-length')).toBe(String(GB.length));
    const hex = createHash('sha256').update(GB).digest('hex');
    expect(hexOfBase32(first?.digest?.replace('sha256:', '') ?? '')).toBe(hex);
  });

  it('keeps to the form: each record a gzip member of its own, its block as long as it says, nothing forged by a header', () => {
    const records = members(warc).map((m) => gunzipSync(m).toString('latin1'));
    expect(records).toHaveLength(3);
    for (const record of records) {
      const end = record.indexOf('\r\n\r\n');
      const [version, ...fields] = record.slice(0, end).split('\r\n');
      expect(version).toBe('WARC/1.1');
      const named = new Map(fields.map((f) => [f.slice(0, f.indexOf(':')), f.slice(f.indexOf(':') + 2)]));
      for (const must of ['WARC-Type', 'WARC-Record-ID', 'WARC-Date', 'Content-Length']) expect(named.has(must)).toBe(true);
      expect(named.get('WARC-Record-ID')).toMatch(/^<urn:uuid:[0-9a-f-]{36}>$/);
      expect(record.slice(end + 4)).toHaveLength(Number(named.get('Content-Length')) + 4);
      expect(record.endsWith('\r\n\r\n')).toBe(true);
    }
    expect(records.filter((r) => /^WARC-Type: forged/m.test(r))).toEqual([]);
  });
});

/** Offsets of gzip headers that begin a member which inflates. */
function members(bytes: Buffer): Buffer[] {
  const starts: number[] = [];
  for (let i = 0; i < bytes.length - 2; i++) {
    if (bytes[i] !== 0x1f || bytes[i + 1] !== 0x8b || bytes[i + 2] !== 8) continue;
    try {
      if (gunzipSync(bytes.subarray(i)).subarray(0, 8).toString() === 'WARC/1.1') starts.push(i);
    } catch {
      // Bytes that only look like a header.
    }
  }
  return starts.map((s, i) => bytes.subarray(s, starts[i + 1]));
}

function hexOfBase32(text: string): string {
  const bits = [...text.replace(/=+$/, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  return (bits.match(/.{8}/g) ?? []).map((b) => parseInt(b, 2).toString(16).padStart(2, '0')).join('');
}
