import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

export interface Department {
  id: string;
  name: string;
  region: string | null;
  duties: string;
}

/** Departments come from config/departments.yaml; the table follows the file at every start. */
@Injectable()
export class DepartmentBook {
  constructor(private readonly dataSource: DataSource) {}

  list(): Promise<Department[]> {
    return this.dataSource.query('select id, name, region, duties from department order by id');
  }

  /** Writes what is new or changed. A department that left the file stays: old cases name it. */
  async sync(departments: readonly Department[]): Promise<void> {
    // In one order, so that two gateways starting together do not wait for each other in a ring.
    await this.dataSource.query(
      `insert into department (id, name, region, duties)
       select id, name, region, duties from jsonb_to_recordset($1::jsonb) as d(id text, name text, region text, duties text) order by id
       on conflict (id) do update set name = excluded.name, region = excluded.region, duties = excluded.duties
       where (department.name, department.region, department.duties) is distinct from (excluded.name, excluded.region, excluded.duties)`,
      [JSON.stringify(departments)],
    );
  }
}
