import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Principal } from '@app/accounts';
import { type Bounds, maySee } from '@app/domain';
import { row } from '@app/storage';
import { Problem } from './problem';
import { RegionSight } from './region-sight';

type CaseBounds = Bounds & { caseId: string };

const BOUNDS = 'select f.id as "caseId", f.department_id as "departmentId", f.supporting, f.region, d.region as "departmentRegion"';

/** Whether a person may see a case at all. What one may not see does not exist: 404, not 403. */
@Injectable()
export class Sight {
  constructor(
    private readonly dataSource: DataSource,
    private readonly regions: RegionSight,
  ) {}

  async caseSeen(me: Principal, caseId: string): Promise<void> {
    if (!(await this.sees(me, caseId))) throw new Problem(404, `没有编号为 ${caseId} 的事件`);
  }

  async sees(me: Principal, caseId: string): Promise<boolean> {
    const found = await row<CaseBounds>(
      this.dataSource,
      `${BOUNDS} from case_file f left join department d on d.id = f.department_id where f.id = $1`,
      [caseId],
    );
    return found !== null && maySee(me, found);
  }

  async seesDepartment(me: Principal, departmentId: string): Promise<boolean> {
    const found = await row<{ region: string | null }>(this.dataSource, 'select region from department where id = $1', [departmentId]);
    return found !== null && this.regions.sees(me, found.region);
  }

  /** A department that a matter may be handed to: one of the own region. */
  async departmentSeen(me: Principal, departmentId: string): Promise<void> {
    const found = await row<{ region: string | null }>(this.dataSource, 'select region from department where id = $1', [departmentId]);
    if (!found || !this.regions.sees(me, found.region))
      throw new Problem(422, `departmentId：没有编号为“${departmentId}”的部门，或不在您的地区`, { field: 'departmentId' });
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
    const found = await row<CaseBounds>(
      this.dataSource,
      `${BOUNDS} from clock c join case_file f on f.id = c.case_id left join department d on d.id = f.department_id where c.id = $1`,
      [clockId],
    );
    if (!found || !maySee(me, found)) throw new Problem(404, `没有编号为 ${clockId} 的时限`);
    return found.caseId;
  }
}
