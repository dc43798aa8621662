import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { canonical } from './audit-chain';

export interface KeyedRequest {
  accountId: string;
  /** The client's own, one for each thing it wants done. */
  key: string;
  method: string;
  path: string;
  body: unknown;
}

/** `fresh`: to be done now; `done`: with this answer; `running`: by another request; `other`: used otherwise. */
export type KeyClaim =
  { state: 'fresh' } | { state: 'done'; answer: unknown } | { state: 'running' } | { state: 'other' };

/** Remembers what a keyed request was answered, so that sending it again does nothing twice. */
@Injectable()
export class RequestKeys {
  constructor(private readonly dataSource: DataSource) {}

  async claim(request: KeyedRequest): Promise<KeyClaim> {
    const mark = fingerprintOf(request);
    const taken: unknown[] = await this.dataSource.query(
      `insert into request_key (account_id, key, fingerprint, created_at) values ($1, $2, $3, clock_timestamp())
       on conflict do nothing returning 1`,
      [request.accountId, request.key, mark],
    );
    if (taken.length > 0) return { state: 'fresh' };
    const rows: { fingerprint: string; answer: unknown }[] = await this.dataSource.query(
      'select fingerprint, answer from request_key where account_id = $1 and key = $2',
      [request.accountId, request.key],
    );
    const row = rows[0];
    if (row && row.fingerprint !== mark) return { state: 'other' };
    return !row || row.answer === null ? { state: 'running' } : { state: 'done', answer: row.answer };
  }

  async settle(request: KeyedRequest, answer: unknown): Promise<void> {
    await this.dataSource.query('update request_key set answer = $3 where account_id = $1 and key = $2', [
      request.accountId,
      request.key,
      JSON.stringify(answer ?? {}),
    ]);
  }

  /** Nothing was done: the key may be used again. */
  async release(request: KeyedRequest): Promise<void> {
    await this.dataSource.query('delete from request_key where account_id = $1 and key = $2 and answer is null', [
      request.accountId,
      request.key,
    ]);
  }

  async sweep(): Promise<void> {
    await this.dataSource.query(`delete from request_key where created_at < clock_timestamp() - interval '1 day'`);
  }
}

function fingerprintOf(r: KeyedRequest): string {
  return createHash('sha256')
    .update(`${r.method} ${r.path}\n${canonical(r.body ?? null)}`)
    .digest('hex');
}
