import { createHash } from 'node:crypto';
import { prepareText } from '@app/domain';
import { textFold } from './classifier';

/** SHA-256 of title and text, simplified, without blanks, marks and case: the same words give the same digest. */
export function contentHash(title: string, text: string): string {
  const words = prepareText(title, text, textFold())
    .chars.normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');
  return createHash('sha256').update(words).digest('hex');
}
