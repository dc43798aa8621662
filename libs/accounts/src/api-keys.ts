import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AuditChain } from './audit-chain';

export const KEY_SCOPES = ['items:write'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

export interface ApiKey {
  id: string;
  name: string;
  scope: KeyScope;
  createdAt: Date;
  createdBy: string;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}

const COLUMNS = `id, name, scope, created_at as "createdAt", created_by as "createdBy", last_used_at as "lastUsedAt", revoked_at as "revokedAt"`;

/** Keys of programs. 256 random bits need no slow hash: SHA-256 is kept, the key itself is shown once. */
@Injectable()
export class ApiKeys {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditChain,
  ) {}

  async add(name: string, scope: KeyScope, by: string): Promise<{ ok: true; id: string; key: string } | { ok: false; reason: string; field: string }> {
    if (!/^[a-z][a-z0-9-]{1,39}$/.test(name))
      return { ok: false, field: 'name', reason: '名称须为 2–40 个小写字母、数字或连字符，以字母开头' };
    const key = `hy_${randomBytes(32).toString('base64url')}`;
    return this.dataSource.transaction(async (tx) => {
      const made: { id: string }[] = await tx.query(
        `insert into api_key (name, key_hash, scope, created_at, created_by) values ($1, $2, $3, app_now(), $4)
         on conflict (name) do nothing returning id`,
        [name, hashOf(key), scope, by],
      );
      const id = made[0]?.id;
      if (id === undefined) return { ok: false, field: 'name', reason: `名称“${name}”已用过；吊销的密钥不能重新启用，请另取名称` };
      await this.audit.append({ actor: by, action: 'api-key.add', object: name, data: { scope } }, tx);
      return { ok: true, id, key };
    });
  }

  list(): Promise<ApiKey[]> {
    return this.dataSource.query(`select ${COLUMNS} from api_key order by id`);
  }

  /** @returns false when there is no such key in force */
  async revoke(name: string, by: string): Promise<boolean> {
    return this.dataSource.transaction(async (tx) => {
      const done: [unknown[], number] = await tx.query(
        'update api_key set revoked_at = app_now() where name = $1 and revoked_at is null returning id',
        [name],
      );
      if (done[1] === 0) return false;
      await this.audit.append({ actor: by, action: 'api-key.revoke', object: name, data: {} }, tx);
      return true;
    });
  }

  /** The key's name when it is in force and has the scope, else null. */
  async check(key: string, scope: KeyScope): Promise<string | null> {
    if (!/^hy_[\w-]{20,100}$/.test(key)) return null;
    const found: [{ name: string }[], number] = await this.dataSource.query(
      `update api_key set last_used_at = app_now() where key_hash = $1 and scope = $2 and revoked_at is null returning name`,
      [hashOf(key), scope],
    );
    return found[0][0]?.name ?? null;
  }
}

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');
