import { decodeBytes } from './decode';

/** What cannot be read; a sentence for the person. */
export class DocumentFault extends Error {}

/** Longest text handed on, in characters. */
const MAX_TEXT = 300_000;
const ZIP = Buffer.from('PK\u0003\u0004');
const OLD_WORD = Buffer.from([0xd0, 0xcf, 0x11, 0xe0]);

/**
 * The text of a document: Word (.docx) or plain text in any Chinese encoding, a line a paragraph. What Word numbers by itself has
 * no numerals in its text; the reader of tasks says so when it finds none.
 * @throws DocumentFault with a Chinese sentence
 */
export async function readDocument(name: string, bytes: Buffer): Promise<string> {
  if (bytes.length === 0) throw new DocumentFault(`文件 ${name} 是空的`);
  const text = bytes.subarray(0, 4).equals(ZIP) ? await wordText(name, bytes) : plainText(name, bytes);
  if (text.trim() === '') throw new DocumentFault(`文件 ${name} 中没有文字`);
  if (text.length > MAX_TEXT) throw new DocumentFault(`文件 ${name} 超过 ${MAX_TEXT} 字`);
  return text;
}

async function wordText(name: string, bytes: Buffer): Promise<string> {
  const { extractRawText } = await import('mammoth');
  try {
    const { value } = await extractRawText({ buffer: bytes });
    return value.replace(/\n{2,}/g, '\n');
  } catch {
    throw new DocumentFault(`文件 ${name} 不是可读的 Word 文档（.docx）`);
  }
}

function plainText(name: string, bytes: Buffer): string {
  if (bytes.subarray(0, 4).equals(OLD_WORD)) throw new DocumentFault(`文件 ${name} 是旧版 Word（.doc），请另存为 .docx 或粘贴文字`);
  if (bytes.subarray(0, 4).toString('latin1') === '%PDF') throw new DocumentFault(`文件 ${name} 是 PDF，请粘贴文字或使用 .docx`);
  const { text } = decodeBytes(bytes);
  if (text.includes('\u0000')) throw new DocumentFault(`文件 ${name} 不是文字文件：只能是 .docx 或 .txt`);
  return text;
}
