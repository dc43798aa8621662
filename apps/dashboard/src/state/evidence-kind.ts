import { mayDo, type EvidenceKind, type Role } from '@app/domain';

/** A receipt (签收) has an action of its own. */
const REGISTERED: readonly EvidenceKind[] = ['release', 'clarification', 'plan', 'settlement', 'press-conference', 'feedback', 'report'];

/** The kinds of response that a person may register. A settlement closes the case: it is for those who may close one. */
export function kindsFor(role: Role | undefined): EvidenceKind[] {
  return REGISTERED.filter((k) => k !== 'settlement' || (role !== undefined && mayDo(role, 'case.close')));
}
