import { beijingIso, beijingText } from '@app/domain';

export function isoOrNull(at: Date | null): string | null {
  return at === null ? null : beijingIso(at);
}

/** `11月21日 06:30`, for sentences; the end of a day stays 24:00. */
export function shortText(at: Date): string {
  return beijingText(at).replace(/^\d+年/, '');
}
