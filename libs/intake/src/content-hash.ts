import { createHash } from 'node:crypto';

/** SHA-256 of title and text without blanks, marks and case: the same words give the same digest. */
export function contentHash(title: string, text: string): string {
  const words = `${title}\n${text}`
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');
  return createHash('sha256').update(words).digest('hex');
}
