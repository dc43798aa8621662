import { createHash } from 'node:crypto';
import { type PreparedText, prepareText, squeeze } from '@app/domain';
import { textFold } from './text-fold';

/** SHA-256 of title and text, simplified, without blanks, marks and case: the same words give the same digest. */
export function contentHash(title: string, text: string): string {
  return preparedHash(prepareText(title, text, textFold()));
}

export function preparedHash({ chars }: PreparedText): string {
  return createHash('sha256')
    .update(squeeze(chars.normalize('NFKC').toLowerCase()))
    .digest('hex');
}
