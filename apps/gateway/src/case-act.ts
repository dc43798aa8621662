import { Injectable } from '@nestjs/common';
import { AuditChain, type Principal } from '@app/accounts';
import type { DeskResult } from '@app/response';
import { orRefuse } from './problem';
import { Sight } from './sight';

/** What a person does with a case or a term: only what one may see, refusals as problems, each act in the audit. */
@Injectable()
export class CaseAct {
  constructor(
    private readonly sight: Sight,
    private readonly audit: AuditChain,
  ) {}

  async onCase<T extends object>(me: Principal, caseId: string, action: string, data: object, run: () => Promise<DeskResult<T>>) {
    await this.sight.caseActedOn(me, caseId);
    const done = orRefuse(await run());
    await this.audit.append({ actor: me.username, action: `case.${action}`, object: `case:${caseId}`, data: { ...data } });
    return done;
  }

  async onClock<T extends object>(me: Principal, clockId: string, action: string, data: object, run: () => Promise<DeskResult<T>>) {
    await this.sight.clockSeen(me, clockId);
    const done = orRefuse(await run());
    await this.audit.append({ actor: me.username, action: `clock.${action}`, object: `clock:${clockId}`, data: { ...data } });
    return done;
  }
}
