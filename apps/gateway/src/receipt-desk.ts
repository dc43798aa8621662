import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditChain, type Principal } from '@app/accounts';
import { mayDo } from '@app/domain';
import { AlertBox, CaseDesk, type LinkHolder, type ReceiptLink, ReceiptLinks } from '@app/response';
import { CaseAct } from './case-act';
import { Problem } from './problem';

/** What a used link did. */
export interface Signed {
  link: ReceiptLink;
  /** Signed for the case for its unit; false: the alert's own receipt alone. */
  forCase: boolean;
}

/** 签收 by link: the person's receipt of the alert, and for a unit that owes one its 签收 of the case. */
@Injectable()
export class ReceiptDesk {
  constructor(
    private readonly links: ReceiptLinks,
    private readonly box: AlertBox,
    private readonly desk: CaseDesk,
    private readonly act: CaseAct,
    private readonly audit: AuditChain,
  ) {}

  look(token: string): Promise<ReceiptLink | null> {
    return this.links.look(token);
  }

  /** @returns null when the link is unknown; a link that was not open did nothing */
  async sign(token: string): Promise<Signed | null> {
    const used = await this.links.use(token, (link, tx) => this.receive(link, tx));
    return used === null ? null : { link: used.link, forCase: used.done ?? false };
  }

  private async receive(link: ReceiptLink, tx: EntityManager): Promise<boolean> {
    const forCase = await this.signForUnit(link);
    await this.box.markRead(link.holder.accountId, link.alertId);
    const { alertId, channel, caseId, holder } = link;
    await this.audit.append({ actor: holder.username, action: 'receipt.link', object: `alert:${alertId}`, data: { channel, caseId, forCase } }, tx);
    return forCase;
  }

  /** Through the same door as the dashboard: sight, right, state. Where nothing is owed (any more) there is nothing to do. */
  private async signForUnit({ caseId, holder }: ReceiptLink): Promise<boolean> {
    if (caseId === null || holder.departmentId === null || !mayDo(holder.role, 'case.sign-for')) return false;
    const me = principalOf(holder);
    try {
      await this.act.onCase(me, caseId, 'sign-for', { via: 'link' }, (by) => this.desk.signFor(by, caseId));
      return true;
    } catch (error) {
      if (error instanceof Problem && error.status < 500) return false;
      throw error;
    }
  }
}

/** The link stands for its person in this one act, and opens no session. */
function principalOf(holder: LinkHolder): Principal {
  return { ...holder, mustChangePassword: false, csrfToken: '', sessionKey: '' };
}
