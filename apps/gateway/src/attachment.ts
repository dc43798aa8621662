import { StreamableFile } from '@nestjs/common';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { EXCEL, WORD } from './answers';

/** Content-Disposition of a file that is kept, with its Chinese name (RFC 6266). */
export function attachmentOf(name: string): string {
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="file${/\.\w+$/.exec(name)?.[0] ?? ''}"; filename*=UTF-8''${encoded}`;
}

const TYPES = { docx: WORD, xlsx: EXCEL } as const;

/** What a document is asked for as. */
export const documentForm = z.strictObject({ form: z.enum(['docx', 'xlsx'], '须为 docx 或 xlsx') });

/** A document to be kept. */
export function documentFile(content: Buffer | Readable, name: string, form: keyof typeof TYPES): StreamableFile {
  const options = { type: TYPES[form], disposition: attachmentOf(`${name.replace(/[\n\\/:*?"<>|]/g, ' ')}.${form}`) };
  return Buffer.isBuffer(content) ? new StreamableFile(content, { ...options, length: content.length }) : new StreamableFile(content, options);
}
