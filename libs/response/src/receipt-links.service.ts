import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { beijingIso, maskText, type Role } from '@app/domain';
import { CHANNELS, readNow, row, rows, sendHint } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { appendEvents } from './event-log';
import { TOLD_CLOCK } from './outgoing-message';
import { isoOrNull } from './wire-instant';

/** Whose link it is. */
export interface LinkHolder {
  accountId: string;
  username: string;
  displayName: string;
  role: Role;
  departmentId: string | null;
  departmentName: string | null;
  region: string | null;
}

/** What a link stands for, as its page shows it. Texts are masked. */
export interface ReceiptLink {
  state: 'open' | 'used' | 'expired';
  holder: LinkHolder;
  alertId: string;
  caseId: string | null;
  channel: string;
  severity: 'info' | 'warning' | 'critical';
  title: string;
  caseCode: string | null;
  caseTitle: string | null;
  dutyTitle: string | null;
  dueAt: Date | null;
  usedAt: string | null;
  expiresAt: string;
  now: Date;
}

interface LinkRow extends Omit<ReceiptLink, 'state' | 'holder' | 'usedAt' | 'expiresAt'>, LinkHolder {
  usedAt: Date | null;
  expiresAt: Date;
  expired: boolean;
}

/** 32 random bytes in base64url. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;
/** Unused links are forgotten so long after their end; used ones stay as a record. */
const KEEP_DAYS = 7;

/**
 * 签收链接: a link in a message to one person's own mailbox or phone, by which this person signs for this alert once,
 * without signing in. It is unguessable (256 random bits), and kept as its SHA-256 only.
 */
@Injectable()
export class ReceiptLinks {
  /** One use at a time in this process: a use holds its row while a second connection signs for the case. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly dataSource: DataSource) {}

  /** A new link's token. Each try of a message has its own: what is not stored cannot be sent a second time. */
  async issue(accountId: string, alertId: string, channel: string, hours: number): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    await rows(
      this.dataSource,
      `insert into receipt_link (token_hash, account_id, alert_id, case_id, channel, created_at, expires_at)
       select $1, $2, a.id, a.case_id, $4, app_now(), clock_timestamp() + make_interval(hours => $5) from alert a where a.id = $3`,
      [hashOf(token), accountId, alertId, channel, hours],
    );
    return token;
  }

  /**
   * What the link stands for; null: no such link, or its person is no longer in service. A message that was on its way while
   * its reader lost the alert brings a link that has ended. Looking changes nothing.
   */
  async look(token: string): Promise<ReceiptLink | null> {
    return TOKEN.test(token) ? read(this.dataSource.manager, token, '') : null;
  }

  /**
   * Uses an open link up, together with every other link of the same person and alert. The history of the case keeps who
   * signed, when and over which channel.
   * @param act what signing means; when it throws the link stays as it was
   * @returns the link as it was found: only an `open` one was used
   */
  use<T>(
    token: string,
    act: (link: ReceiptLink, manager: EntityManager) => Promise<T>,
  ): Promise<{ link: ReceiptLink; done: T | null } | null> {
    const mine = this.turn.then(() => (TOKEN.test(token) ? this.useNow(token, act) : null));
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private useNow<T>(
    token: string,
    act: (link: ReceiptLink, manager: EntityManager) => Promise<T>,
  ): Promise<{ link: ReceiptLink; done: T | null } | null> {
    return this.dataSource.transaction(async (manager) => {
      const link = await read(manager, token, 'for update of l');
      if (link === null) return null;
      if (link.state !== 'open') return { link, done: null };
      const done = await act(link, manager);
      const now = await readNow(manager);
      await rows(
        manager,
        'update receipt_link set used_at = $3 where account_id = $1 and alert_id = $2 and used_at is null',
        [link.holder.accountId, link.alertId, now],
      );
      await record(manager, link, now);
      return { link, done };
    });
  }

  async sweep(): Promise<void> {
    await rows(
      this.dataSource,
      `delete from receipt_link where used_at is null and expires_at < clock_timestamp() - make_interval(days => ${KEEP_DAYS})`,
    );
  }
}

async function read(manager: EntityManager, token: string, lock: string): Promise<ReceiptLink | null> {
  const found = await row<LinkRow>(
    manager,
    `select l.account_id as "accountId", u.username, u.display_name as "displayName", u.role, u.department_id as "departmentId",
       p.name as "departmentName", coalesce(u.region, p.region) as region, l.alert_id as "alertId", l.case_id as "caseId", l.channel, a.severity, a.title,
       f.code as "caseCode", f.title as "caseTitle", c.title as "dutyTitle", c.due_at as "dueAt", l.used_at as "usedAt",
       l.expires_at as "expiresAt", (l.expires_at < clock_timestamp() or exists (select 1 from alert_delivery v
         where v.account_id = l.account_id and v.alert_id = l.alert_id and v.withdrawn_at is not null)) as expired, app_now() as now
     from receipt_link l join account u on u.id = l.account_id and not u.disabled join alert a on a.id = l.alert_id
     left join department p on p.id = u.department_id left join case_file f on f.id = l.case_id ${TOLD_CLOCK}
     where l.token_hash = $1 ${lock}`,
    [hashOf(token)],
  );
  if (!found) return null;
  const { accountId, username, displayName, role, departmentId, departmentName, region, expired, usedAt, ...rest } =
    found;
  return {
    ...rest,
    state: usedAt !== null ? 'used' : expired ? 'expired' : 'open',
    holder: { accountId, username, displayName, role, departmentId, departmentName, region },
    title: maskText(found.title),
    caseTitle: found.caseTitle === null ? null : maskText(found.caseTitle),
    usedAt: isoOrNull(usedAt),
    expiresAt: beijingIso(found.expiresAt),
  };
}

async function record(
  manager: EntityManager,
  { caseId, holder, alertId, channel, title }: ReceiptLink,
  now: Date,
): Promise<void> {
  if (caseId === null) return;
  const actor = `${holder.displayName}（${holder.username}）`;
  const summary = `${actor}通过消息链接签收预警：${title}`;
  await appendEvents(
    manager,
    [{ caseId, kind: 'receipt-by-link', at: now, actor, summary, data: { alertId, channel } }],
    now,
  );
  await sendHint(manager, CHANNELS.caseChanged, caseId);
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');
