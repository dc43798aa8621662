import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Principal } from '@app/accounts';
import { maySee } from '@app/domain';
import { row } from '@app/storage';
import { Problem } from './problem';

interface Bounds {
  caseId: string;
  departmentId: string | null;
  region: string | null;
}

/** Whether a person may see a case at all. What one may not see does not exist: 404, not 403. */
@Injectable()
export class Sight {
  constructor(private readonly dataSource: DataSource) {}

  async caseSeen(me: Principal, caseId: string): Promise<void> {
    const found = await row<Bounds>(
      this.dataSource,
      'select id as "caseId", department_id as "departmentId", region from case_file where id = $1',
      [caseId],
    );
    if (!found || !maySee(me, found)) throw new Problem(404, `没有编号为 ${caseId} 的事件`);
  }

  /** The same for an action, which of a merged case goes to the case it was merged into: that one must be seen too. */
  async caseActedOn(me: Principal, caseId: string): Promise<void> {
    await this.caseSeen(me, caseId);
    const found = await row<{ mergedInto: string | null }>(
      this.dataSource,
      'select merged_into as "mergedInto" from case_file where id = $1',
      [caseId],
    );
    if (found?.mergedInto) await this.caseActedOn(me, found.mergedInto);
  }

  /** @returns the case of the clock */
  async clockSeen(me: Principal, clockId: string): Promise<string> {
    const found = await row<Bounds>(
      this.dataSource,
      `select f.id as "caseId", f.department_id as "departmentId", f.region
         from clock c join case_file f on f.id = c.case_id where c.id = $1`,
      [clockId],
    );
    if (!found || !maySee(me, found)) throw new Problem(404, `没有编号为 ${clockId} 的时限`);
    return found.caseId;
  }
}
