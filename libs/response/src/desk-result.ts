/** What became of a person's action. Refusals are values; the reason (中文) is shown to the person. */
export type DeskResult<T = object> = ({ ok: true; caseId: string; version: number } & T) | Refusal;

export interface Refusal {
  ok: false;
  /** `missing` → 404, `forbidden` → 403, `conflict` → 409 (the state forbids it), `invalid` → 422 (the field says what is wrong). */
  kind: 'missing' | 'forbidden' | 'conflict' | 'invalid';
  reason: string;
  field?: string;
}

export function missing(reason: string): Refusal {
  return { ok: false, kind: 'missing', reason };
}

/** Not this person's to do, whatever the state. */
export function forbidden(reason: string): Refusal {
  return { ok: false, kind: 'forbidden', reason };
}

export function conflict(reason: string): Refusal {
  return { ok: false, kind: 'conflict', reason };
}

export function invalid(field: string, reason: string): Refusal {
  return { ok: false, kind: 'invalid', field, reason };
}

/** Thrown inside a transaction to roll it back with a refusal; `CaseChange` turns it into a value. */
export class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.reason);
  }
}

/** A reason is asked for wherever something is decided; it stays in the history. */
export function reasonFault(reason: string): Refusal | null {
  const length = reason.trim().length;
  return length >= 2 && length <= 1000 ? null : invalid('reason', '必须写明理由（2–1000 字）');
}
