import { mayDo, type EvidenceKind, type Role, type WireClock } from '@app/domain';

/** A receipt (签收) has an action of its own. */
const REGISTERED: readonly EvidenceKind[] = ['release', 'clarification', 'plan', 'settlement', 'press-conference', 'feedback', 'report'];

/** Of a matter of the second ring only what its own terms are met by answers it; [] for a 舆情. */
function kindsOfMatter(clocks: readonly Pick<WireClock, 'metByKinds'>[]): EvidenceKind[] {
  return [...new Set(clocks.flatMap((c) => c.metByKinds))].filter((k) => k !== 'receipt' && !REGISTERED.includes(k));
}

/** The kinds of response that a person may register. A settlement closes the case: it is for those who may close one. */
export function kindsFor(role: Role | undefined, clocks: readonly Pick<WireClock, 'metByKinds'>[] = []): EvidenceKind[] {
  const own = kindsOfMatter(clocks);
  if (own.length > 0) return own;
  return REGISTERED.filter((k) => k !== 'settlement' || (role !== undefined && mayDo(role, 'case.close')));
}
