import { Injectable } from '@nestjs/common';
import { changeStanding } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';

export interface Department {
  id: string;
  name: string;
  region: string | null;
  duties: string;
}

/** What follows when departments lie in another region now, in the transaction of the change. */
export type FollowDepartments = (tx: EntityManager, departmentIds: readonly string[]) => Promise<object>;

/** Departments come from config/departments.yaml; the table follows the file at every start. */
@Injectable()
export class DepartmentBook {
  constructor(private readonly dataSource: DataSource) {}

  list(): Promise<Department[]> {
    return this.dataSource.query('select id, name, region, duties from department order by id');
  }

  /** Writes what is new or changed. A department that left the file stays: old cases name it. */
  async sync(departments: readonly Department[], follow?: FollowDepartments): Promise<void> {
    await this.dataSource.transaction(async (tx) => {
      await changeStanding(tx);
      const moved = await movedDepartments(tx, departments);
      await tx.query(
        `insert into department (id, name, region, duties)
         select id, name, region, duties from jsonb_to_recordset($1::jsonb) as d(id text, name text, region text, duties text) order by id
         on conflict (id) do update set name = excluded.name, region = excluded.region, duties = excluded.duties
         where (department.name, department.region, department.duties) is distinct from (excluded.name, excluded.region, excluded.duties)`,
        [JSON.stringify(departments)],
      );
      if (moved.length > 0) await follow?.(tx, moved);
    });
  }
}

/** Of these the known ones whose region becomes another. */
export async function movedDepartments(
  tx: EntityManager,
  departments: readonly Pick<Department, 'id' | 'region'>[],
): Promise<string[]> {
  const found: { id: string }[] = await tx.query(
    `select d.id from department d join jsonb_to_recordset($1::jsonb) as n(id text, region text) on n.id = d.id
     where d.region is distinct from n.region order by d.id`,
    [JSON.stringify(departments)],
  );
  return found.map((d) => d.id);
}
