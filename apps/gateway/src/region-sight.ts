import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Gazetteer, isWhole, regionCovers, type Viewer } from '@app/domain';
import { loadGazetteer, SETTINGS, type Settings } from '@app/settings';
import { rows } from '@app/storage';
import { Problem } from './problem';

/** What lies in whose region, for rows that are no cases: sources, departments, accounts. */
@Injectable()
export class RegionSight {
  private gazetteer: Gazetteer | null = null;
  private readonly codes = new Map<string, string>();

  constructor(
    private readonly dataSource: DataSource,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** The code of what config/ or a person wrote; what is no one place stays as written. */
  codeOf(written: string): string {
    if (/^\d{6,12}$/.test(written)) return written;
    const known = this.codes.get(written);
    if (known !== undefined) return known;
    const code = this.divisions.codeOf(written) ?? written;
    this.codes.set(written, code);
    return code;
  }

  /** 江西省赣州市寻乌县; null where the table does not know the code. */
  nameOf(code: string): string | null {
    return this.divisions.nameOf(code) || null;
  }

  /** The code of a region that a person typed. @throws Problem 422 naming the field and what is allowed */
  typedCode(written: string, field = 'region'): string {
    const code = this.codeOf(written);
    if (/^\d{6,12}$/.test(code)) return code;
    throw new Problem(422, `${field}：没有叫“${written}”的地区，或有同名的；须为行政区划代码（6–12 位数字）或“赣州市/寻乌县”这样的名称`, { field });
  }

  /** Whether somebody may see a row of this region; without one it belongs to the deployment as a whole. */
  sees(viewer: Viewer, region: string | null): boolean {
    if (region === null) return isWhole(viewer);
    return viewer.region === null || regionCovers(viewer.region, this.codeOf(region));
  }

  /** Accounts of the own region and below, for a viewer that is bound to a part of the deployment. */
  async accountsWithin(viewer: Viewer): Promise<Set<string> | null> {
    if (isWhole(viewer) || viewer.region === null) return null;
    const { region } = viewer;
    const all = await this.accountRegions();
    return new Set(all.filter((a) => a.region !== null && regionCovers(region, a.region)).map((a) => a.id));
  }

  /** Accounts whose names a viewer may read: below and above the own region, not beside it. */
  async accountsNear(viewer: Viewer): Promise<Set<string> | null> {
    if (isWhole(viewer) || viewer.region === null) return null;
    const { region } = viewer;
    const near = (other: string | null): boolean => other === null || regionCovers(region, other) || regionCovers(other, region);
    return new Set((await this.accountRegions()).filter((a) => near(a.region)).map((a) => a.id));
  }

  private accountRegions(): Promise<{ id: string; region: string | null }[]> {
    return rows(
      this.dataSource,
      'select a.id, coalesce(a.region, d.region) as region from account a left join department d on d.id = a.department_id',
    );
  }

  private get divisions(): Gazetteer {
    this.gazetteer ??= loadGazetteer(this.settings.deployment);
    return this.gazetteer;
  }
}
