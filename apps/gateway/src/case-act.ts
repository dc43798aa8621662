import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditChain, type AuditEntry, type Principal } from '@app/accounts';
import type { Actor, DeskResult } from '@app/response';
import { orRefuse } from './problem';
import { Sight } from './sight';

/** What a person does with a case or a term: only what one may see, refusals as problems, each act in the audit. */
@Injectable()
export class CaseAct {
  constructor(
    private readonly sight: Sight,
    private readonly audit: AuditChain,
  ) {}

  /** @param run is given the person with a witness, which a desk calls in the transaction of the act itself */
  async onCase<T extends object>(me: Principal, caseId: string, action: string, data: object, run: (by: Actor) => Promise<DeskResult<T>>) {
    await this.sight.caseActedOn(me, caseId);
    return this.witnessed(me, { action: `case.${action}`, object: `case:${caseId}`, data: { ...data } }, run);
  }

  async onClock<T extends object>(me: Principal, clockId: string, action: string, data: object, run: (by: Actor) => Promise<DeskResult<T>>) {
    await this.sight.clockSeen(me, clockId);
    return this.witnessed(me, { action: `clock.${action}`, object: `clock:${clockId}`, data: { ...data } }, run);
  }

  private async witnessed<T extends object>(me: Principal, entry: Omit<AuditEntry, 'actor'>, run: (by: Actor) => Promise<DeskResult<T>>) {
    const record = { actor: me.username, ...entry };
    let seen = false;
    const witness = async (tx: EntityManager): Promise<void> => {
      await this.audit.append(record, tx);
      seen = true;
    };
    const done = orRefuse(await run({ ...me, witness }));
    // An act that knows no witness: its record follows.
    if (!seen) await this.audit.append(record);
    return done;
  }
}
