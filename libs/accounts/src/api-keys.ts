import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { regionCovers, type Role, scopesFor, SCOPE_TEXT, type TokenScope } from '@app/domain';
import { AccountsPolicy } from './accounts-policy';
import { AuditChain } from './audit-chain';
import type { Principal } from './session-desk';

export interface ApiKey {
  id: string;
  name: string;
  scopes: TokenScope[];
  /** Whose it is; null: of a program. */
  accountId: string | null;
  username: string | null;
  region: string | null;
  createdAt: Date;
  createdBy: string;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}

export interface NewKey {
  name: string;
  scopes: readonly TokenScope[];
  /** The person as whom it acts; null: a program. */
  accountId: string | null;
  region?: string | null;
  /** Days until it ends; null: until it is revoked. */
  days?: number | null;
}

export type KeyRefusal = { ok: false; reason: string; field: string; status?: 409 | 422 };

const COLUMNS = `k.id, k.name, k.scopes, k.account_id as "accountId", a.username, k.region, k.created_at as "createdAt", k.created_by as "createdBy",
  k.expires_at as "expiresAt", k.last_used_at as "lastUsedAt", k.revoked_at as "revokedAt"`;
/** In force now, by the real clock like sessions; a person's token ends with the account. */
const LIVE = `k.revoked_at is null and (k.expires_at is null or k.expires_at > clock_timestamp()) and not coalesce(a.disabled, false)`;
const MOST_OWN = 20;

/** Keys of programs and tokens of persons. 256 random bits need no slow hash: SHA-256 is kept, the key itself is shown once. */
@Injectable()
export class ApiKeys {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditChain,
    private readonly policy: AccountsPolicy,
  ) {}

  async add(wanted: NewKey, by: string): Promise<{ ok: true; id: string; key: string } | KeyRefusal> {
    const fault = faultOf(wanted);
    if (fault) return fault;
    const key = `hy_${randomBytes(32).toString('base64url')}`;
    return this.dataSource.transaction(async (tx) => {
      const { name, scopes, accountId, region, days } = wanted;
      if (accountId !== null) {
        // Locked, so that many requests at once do not pass the bound together.
        await tx.query('select 1 from account where id = $1 for update', [accountId]);
        const own: { n: number }[] = await tx.query('select count(*)::int as n from api_key where account_id = $1 and revoked_at is null', [accountId]);
        if (own[0]!.n >= MOST_OWN) return { ok: false, field: 'name', status: 409, reason: `每人最多 ${MOST_OWN} 个令牌，请先吊销不用的` } as const;
      }
      const made: { id: string }[] = await tx.query(
        `insert into api_key (name, key_hash, scopes, account_id, region, expires_at, created_at, created_by)
         values ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(days => $6::int), clock_timestamp(), $7) on conflict do nothing returning id`,
        [name, hashOf(key), [...scopes], accountId, region ?? null, days ?? null, by],
      );
      const id = made[0]?.id;
      if (id === undefined) return { ok: false, field: 'name', status: 409, reason: `名称“${name}”已用过；吊销的密钥不能重新启用，请另取名称` } as const;
      await this.audit.append({ actor: by, action: 'token.add', object: `token:${id}`, data: { name, scopes, accountId, region: region ?? null, days: days ?? null } }, tx);
      return { ok: true, id, key } as const;
    });
  }

  /** @param accountId only this person's; absent: all */
  list(accountId?: string): Promise<ApiKey[]> {
    return this.dataSource.query(
      `select ${COLUMNS} from api_key k left join account a on a.id = k.account_id
       where $1::bigint is null or k.account_id = $1 order by k.revoked_at is not null, k.id`,
      [accountId ?? null],
    );
  }

  /** The id of a program's key; null: there is none in force. */
  async idOf(name: string): Promise<string | null> {
    const found: { id: string }[] = await this.dataSource.query('select id from api_key where name = $1 and account_id is null and revoked_at is null', [name]);
    return found[0]?.id ?? null;
  }

  /**
   * @param owner only a token of this person
   * @returns false when there is no such key in force
   */
  async revoke(id: string, by: string, owner?: string): Promise<boolean> {
    return this.dataSource.transaction(async (tx) => {
      const done: [{ name: string }[], number] = await tx.query(
        `update api_key set revoked_at = clock_timestamp()
         where id = $1 and revoked_at is null and ($2::bigint is null or account_id = $2) returning name`,
        [id, owner ?? null],
      );
      const name = done[0][0]?.name;
      if (name === undefined) return false;
      await this.audit.append({ actor: by, action: 'token.revoke', object: `token:${id}`, data: { name } }, tx);
      return true;
    });
  }

  /** Who a key speaks for, when it is in force. A program reads as the auditor does, within its region. */
  async find(key: string): Promise<Principal | null> {
    if (!/^hy_[\w-]{20,100}$/.test(key)) return null;
    const found: KeyRow[] = await this.dataSource.query(
      `select k.id as "keyId", k.name, k.scopes, k.region as "keyRegion", a.id as "accountId", a.username, a.display_name as "displayName", a.role,
         a.department_id as "departmentId", d.name as "departmentName", coalesce(a.region, d.region) as region, a.must_change_password as "mustChange",
         coalesce(k.last_used_at < clock_timestamp() - interval '1 minute', true) as stale
       from api_key k left join account a on a.id = k.account_id left join department d on d.id = a.department_id
       where k.key_hash = $1 and ${LIVE}`,
      [hashOf(key)],
    );
    const row = found[0];
    if (!row) return null;
    if (row.stale) await this.dataSource.query('update api_key set last_used_at = clock_timestamp() where id = $1', [row.keyId]);
    return this.principalOf(row);
  }

  private principalOf(r: KeyRow): Principal {
    const region = r.accountId === null ? r.keyRegion : r.region;
    return {
      accountId: r.accountId ?? '0',
      username: r.username ?? `token:${r.name}`,
      displayName: r.displayName ?? r.name,
      role: r.role ?? 'auditor',
      departmentId: r.departmentId,
      departmentName: r.departmentName,
      region,
      whole: region === null || (this.policy.home !== null && regionCovers(region, this.policy.home)),
      mustChangePassword: r.mustChange ?? false,
      csrfToken: '',
      sessionKey: '',
      token: { id: r.keyId, name: r.name, scopes: r.scopes },
    };
  }
}

interface KeyRow {
  keyId: string;
  name: string;
  scopes: TokenScope[];
  keyRegion: string | null;
  accountId: string | null;
  username: string | null;
  displayName: string | null;
  role: Role | null;
  departmentId: string | null;
  departmentName: string | null;
  region: string | null;
  mustChange: boolean | null;
  stale: boolean;
}

function faultOf(k: NewKey): KeyRefusal | null {
  if (!/^[a-z][a-z0-9-]{1,39}$/.test(k.name))
    return { ok: false, status: 422, field: 'name', reason: '名称须为 2–40 个小写字母、数字或连字符，以字母开头' };
  const allowed = scopesFor(k.accountId === null ? 'system' : 'personal');
  const strange = k.scopes.find((s) => !allowed.includes(s));
  if (k.scopes.length === 0 || strange !== undefined)
    return { ok: false, status: 422, field: 'scopes', reason: `权限须为其中一项或几项：${allowed.map((s) => `${s}（${SCOPE_TEXT[s]}）`).join('、')}` };
  return null;
}

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');
