import { Injectable } from '@nestjs/common';
import { changeStanding } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { AccountBook, type NewAccount } from './account-book';
import { AuditChain } from './audit-chain';
import { maskedContact } from './contact';
import { type FollowDepartments, movedDepartments } from './department-book';
import { hashPassword, oneTimePassword } from './password';
import {
  accountOf,
  type LineFault,
  readDepartmentLines,
  readUserLines,
  type ReadTable,
  USER_HEADING,
} from './person-table';

/** What only the caller knows: how regions are called, and what he may give. */
export interface ImportTerms {
  codeOf: (region: string) => string | null;
  /** Why this account may not be made by him, with its heading; null: it may. */
  refusal?: (account: NewAccount) => { column: string; reason: string } | null;
}

export interface UserPlan {
  accounts: (NewAccount & { line: number })[];
  faults: LineFault[];
}

export interface DepartmentPlan {
  departments: { line: number; id: string; name: string; region: string | null; duties: string; known: boolean }[];
  faults: LineFault[];
}

/** How many passwords are hashed at once: each takes a core and 19 MB. */
const HASHES_AT_ONCE = 4;

/** Users and departments of a table: seen first, then taken all or not at all. */
@Injectable()
export class PersonImport {
  constructor(
    private readonly dataSource: DataSource,
    private readonly book: AccountBook,
    private readonly audit: AuditChain,
  ) {}

  /** Every fault of every line; nothing is written. */
  async planUsers(
    table: ReadTable,
    terms: ImportTerms,
    tx: EntityManager | DataSource = this.dataSource,
  ): Promise<UserPlan> {
    const { lines, faults } = readUserLines(table);
    if (faults.length > 0) return { accounts: [], faults };
    const departments: { id: string; name: string }[] = await tx.query('select id, name from department');
    const taken: { username: string }[] = await tx.query('select username from account where username = any($1)', [
      lines.map((l) => l.username.toLowerCase()),
    ]);
    const there = new Set(taken.map((t) => t.username));
    const first = new Map<string, number>();
    const accounts: UserPlan['accounts'] = [];
    for (const line of lines) {
      const { account, faults: found } = accountOf(line, { departments, codeOf: terms.codeOf });
      const before = first.get(account.username);
      if (before !== undefined) found.push({ column: '用户名', reason: `与第 ${before} 行重复` });
      else if (there.has(account.username))
        found.push({ column: '用户名', reason: `用户名“${account.username}”已存在` });
      first.set(account.username, before ?? line.line);
      if (found.length === 0) found.push(...(await this.refusals(account, terms)));
      faults.push(...found.map((f) => ({ line: line.line, ...f })));
      accounts.push({ line: line.line, ...account });
    }
    return { accounts, faults };
  }

  /** @returns the one-time passwords, which are nowhere else; or the faults, and nothing was written */
  async takeUsers(
    table: ReadTable,
    terms: ImportTerms,
    actor: string,
  ): Promise<
    | { ok: true; users: { username: string; displayName: string; oneTimePassword: string }[] }
    | { ok: false; faults: LineFault[] }
  > {
    const plan = await this.planUsers(table, terms);
    if (plan.faults.length > 0) return { ok: false, faults: plan.faults };
    const secrets = plan.accounts.map(() => oneTimePassword());
    const hashes: string[] = [];
    for (let at = 0; at < secrets.length; at += HASHES_AT_ONCE)
      hashes.push(...(await Promise.all(secrets.slice(at, at + HASHES_AT_ONCE).map(hashPassword))));
    const taken = await this.dataSource
      .transaction(async (tx) => {
        const made = await insertAccounts(tx, plan.accounts, hashes);
        // Somebody else made one of them meanwhile: all or nothing.
        if (made.length < plan.accounts.length) throw new Overtaken();
        for (const { line: _, ...a } of plan.accounts)
          await this.audit.append(
            {
              actor,
              action: 'user.add',
              object: `account:${made.find((m) => m.username === a.username)!.id}`,
              data: { ...a, ...maskedContact(a), by: 'import' },
            },
            tx,
          );
        return true;
      })
      .catch((error: unknown) => {
        if (error instanceof Overtaken) return false;
        throw error;
      });
    if (!taken) return { ok: false, faults: (await this.planUsers(table, terms)).faults };
    return {
      ok: true,
      users: plan.accounts.map((a, i) => ({
        username: a.username,
        displayName: a.displayName,
        oneTimePassword: secrets[i]!,
      })),
    };
  }

  /** @param kept ids that config/departments.yaml keeps: they are changed there */
  async planDepartments(table: ReadTable, terms: ImportTerms, kept: readonly string[]): Promise<DepartmentPlan> {
    const { lines, faults } = readDepartmentLines(table);
    if (faults.length > 0) return { departments: [], faults };
    const known: { id: string }[] = await this.dataSource.query('select id from department');
    const first = new Map<string, number>();
    const departments = lines.map((l) => {
      const say = (column: string, reason: string): void => void faults.push({ line: l.line, column, reason });
      if (!/^[a-z][a-z0-9-]{1,31}$/.test(l.id)) say('编号', '编号须为 2–32 位小写字母、数字或连字符，以字母开头');
      else if (kept.includes(l.id)) say('编号', `“${l.id}”由 config/departments.yaml 维护，请在那里修改`);
      else if (first.has(l.id)) say('编号', `与第 ${first.get(l.id)} 行重复`);
      first.set(l.id, first.get(l.id) ?? l.line);
      if (l.name.length < 2 || l.name.length > 40) say('名称', '名称须为 2–40 个字');
      if (l.duties.length > 2000) say('职责', '职责最多 2000 个字');
      const region = l.region === '' ? null : terms.codeOf(l.region);
      if (l.region !== '' && region === null)
        say('地区', `没有叫“${l.region}”的地区；须为行政区划代码或“赣州市/寻乌县”这样的名称`);
      return {
        line: l.line,
        id: l.id,
        name: l.name,
        region,
        duties: l.duties,
        known: known.some((k) => k.id === l.id),
      };
    });
    return { departments, faults };
  }

  /** @param follow what people of a department that lies elsewhere now must lose; its answer goes into the record */
  async takeDepartments(
    table: ReadTable,
    terms: ImportTerms,
    kept: readonly string[],
    actor: string,
    follow: FollowDepartments,
  ): Promise<{ ok: true; added: number; changed: number } | { ok: false; faults: LineFault[] }> {
    const plan = await this.planDepartments(table, terms, kept);
    if (plan.faults.length > 0) return { ok: false, faults: plan.faults };
    await this.dataSource.transaction(async (tx) => {
      await changeStanding(tx);
      const moved = await movedDepartments(tx, plan.departments);
      for (const { line: _, known: __, ...d } of plan.departments)
        await tx.query(
          `insert into department (id, name, region, duties) values ($1, $2, $3, $4)
           on conflict (id) do update set name = excluded.name, region = excluded.region, duties = excluded.duties`,
          [d.id, d.name, d.region, d.duties],
        );
      const followed = moved.length > 0 ? await follow(tx, moved) : {};
      for (const { line: _, known, ...d } of plan.departments) {
        const data = { ...d, by: 'import', ...(moved.includes(d.id) ? followed : {}) };
        await this.audit.append(
          { actor, action: known ? 'department.change' : 'department.add', object: `department:${d.id}`, data },
          tx,
        );
      }
    });
    const changed = plan.departments.filter((d) => d.known).length;
    return { ok: true, added: plan.departments.length - changed, changed };
  }

  private async refusals(account: NewAccount, terms: ImportTerms): Promise<{ column: string; reason: string }[]> {
    const fault = await this.book.faultOf(account);
    if (fault) return [{ column: USER_HEADING[fault.field ?? ''] ?? '', reason: fault.reason }];
    const refusal = terms.refusal?.(account) ?? null;
    return refusal ? [refusal] : [];
  }
}

class Overtaken extends Error {}

function insertAccounts(
  tx: EntityManager,
  accounts: UserPlan['accounts'],
  hashes: string[],
): Promise<{ id: string; username: string }[]> {
  return tx.query(
    `insert into account (username, display_name, role, department_id, region, email, phone, password_hash, created_at)
     select username, "displayName", role, "departmentId", region, email, phone, hash, app_now()
     from jsonb_to_recordset($1::jsonb) as a(username text, "displayName" text, role text, "departmentId" text, region text, email text, phone text, hash text)
     on conflict (username) do nothing returning id, username`,
    [JSON.stringify(accounts.map((a, i) => ({ ...a, hash: hashes[i] })))],
  );
}
