import { createHash, randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** A page as it was fetched: `body` after the transfer's own compression was undone. */
export interface ArchivedPage {
  url: string;
  status: number;
  headers: readonly (readonly [string, string])[];
  body: Buffer;
  fetchedAt: Date;
}

const CRLF = '\r\n';
/** Headers that tell of the transfer and not of the content as it is kept; the original is shown under another name. */
const OF_TRANSFER = /^(content-encoding|transfer-encoding|content-length)$/i;

/**
 * WARC 1.1 (ISO 28500:2017): a `warcinfo` and a `response` for each page, each record a gzip member of its own, as
 * readers of .warc.gz expect. Digests are SHA-256 in base32.
 */
export function writeWarc(pages: readonly ArchivedPage[], info: { software: string; title: string; at: Date }): Buffer {
  const about = [
    `software: ${info.software}`,
    'format: WARC File Format 1.1',
    'conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/',
    `description: ${oneLine(info.title)}`,
    '',
  ].join(CRLF);
  const first = record('warcinfo', info.at, [['Content-Type', 'application/warc-fields']], Buffer.from(about));
  return Buffer.concat([first, ...pages.map(responseRecord)]);
}

function responseRecord(page: ArchivedPage): Buffer {
  const kept = page.headers.map(([k, v]) => (OF_TRANSFER.test(k) ? ([`X-Archive-Orig-${k}`, v] as const) : ([k, v] as const)));
  const head = [`HTTP/1.1 ${page.status} `, ...kept.map(([k, v]) => `${oneLine(k)}: ${oneLine(v)}`), `Content-Length: ${page.body.length}`];
  const block = Buffer.concat([Buffer.from(head.join(CRLF) + CRLF + CRLF, 'latin1'), page.body]);
  const fields: [string, string][] = [
    // RFC 3986: ASCII alone; what is beyond it is percent-encoded.
    ['WARC-Target-URI', URL.canParse(page.url) ? new URL(page.url).href : encodeURI(oneLine(page.url))],
    ['WARC-Payload-Digest', `sha256:${base32Sha256(page.body)}`],
    ['WARC-Block-Digest', `sha256:${base32Sha256(block)}`],
    ['Content-Type', 'application/http;msgtype=response'],
  ];
  return record('response', page.fetchedAt, fields, block);
}

function record(type: string, at: Date, fields: [string, string][], block: Buffer): Buffer {
  const head = [
    'WARC/1.1',
    `WARC-Type: ${type}`,
    `WARC-Record-ID: <urn:uuid:${randomUUID()}>`,
    `WARC-Date: ${at.toISOString()}`,
    ...fields.map(([k, v]) => `${k}: ${v}`),
    `Content-Length: ${block.length}`,
  ].join(CRLF);
  return gzipSync(Buffer.concat([Buffer.from(head + CRLF + CRLF), block, Buffer.from(CRLF + CRLF)]));
}

const oneLine = (s: string): string => s.replace(/[\r\n]+/g, ' ');

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 §6, padded. */
function base32Sha256(bytes: Buffer): string {
  const bits = [...createHash('sha256').update(bytes).digest()].map((b) => b.toString(2).padStart(8, '0')).join('');
  const letters = (bits.match(/.{1,5}/g) ?? []).map((five) => ALPHABET[parseInt(five.padEnd(5, '0'), 2)]).join('');
  return letters.padEnd(Math.ceil(letters.length / 8) * 8, '=');
}
