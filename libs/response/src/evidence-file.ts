import { invalid, type Refusal } from './desk-result';

/** A file that proves a response, kept in the database beside it. */
export interface EvidenceFile {
  name: string;
  bytes: Buffer;
}

export const MAX_FILE_BYTES = 10 * 1024 * 1024;
const MAX_NAME = 200;

interface FileKind {
  endings: readonly string[];
  mediaType: string;
  /** Told by its first bytes: an ending is only a name. */
  is: (bytes: Buffer) => boolean;
}

const startsWith =
  (...octets: number[]) =>
  (bytes: Buffer) =>
    octets.every((octet, i) => bytes[i] === octet);

const KINDS: readonly FileKind[] = [
  { endings: ['pdf'], mediaType: 'application/pdf', is: startsWith(0x25, 0x50, 0x44, 0x46, 0x2d) },
  {
    endings: ['docx'],
    mediaType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    // A zip archive that holds a Word document; names stand in it unpacked.
    is: (bytes) => startsWith(0x50, 0x4b, 0x03, 0x04)(bytes) && bytes.includes('word/document.xml'),
  },
  { endings: ['png'], mediaType: 'image/png', is: startsWith(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a) },
  { endings: ['jpg', 'jpeg'], mediaType: 'image/jpeg', is: startsWith(0xff, 0xd8, 0xff) },
];

function kindOf(name: string): FileKind | undefined {
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  return KINDS.find((k) => k.endings.includes(ending));
}

/** What is wrong with a file, or null. */
export function fileFault({ name, bytes }: EvidenceFile): Refusal | null {
  const kind = kindOf(name);
  if (!kind) return invalid('file', '附件须为 PDF、DOCX、PNG 或 JPG 文件');
  if (bytes.length === 0) return invalid('file', '附件是空的');
  if (bytes.length > MAX_FILE_BYTES) return invalid('file', '附件最大 10 MB');
  if (!kind.is(bytes)) return invalid('file', `附件内容不是 ${kind.endings[0]!.toUpperCase()} 文件：后缀与内容不符`);
  return null;
}

/** The name alone, without folders and what no file system takes; its ending is kept. */
export function plainFileName(given: string): string {
  const name = [...(given.split(/[\\/]/).at(-1) ?? '')].filter((c) => c >= ' ' && c !== '\u007f').join('');
  const clean = name.replace(/[<>:"|?*]/g, '_').trim();
  return clean.length <= MAX_NAME ? clean : clean.slice(-MAX_NAME).replace(/^\p{Surrogate}/u, '');
}

export function mediaTypeOf(name: string): string {
  return kindOf(name)?.mediaType ?? 'application/octet-stream';
}
