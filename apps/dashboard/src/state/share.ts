import { SMALL_NUMBER } from '@app/domain';

/** A share of few is no percentage: 3/4 says how little stands behind it. With enough, both. */
export function readShare(good: number, total: number): string {
  if (total === 0) return '—';
  if (total < SMALL_NUMBER) return `${good}/${total}`;
  return `${((good / total) * 100).toFixed(1)}%`;
}

/** The count beside a percentage; '' where the share itself is a count. */
export function readCount(good: number, total: number): string {
  return total < SMALL_NUMBER ? '' : `${good}/${total}`;
}
