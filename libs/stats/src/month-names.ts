import type { MonthNames, Sums } from '@app/domain';
import { rows, type Querier } from '@app/storage';

/** Names of departments, and of regions as the cases' own places call them. */
export class MonthNameBook {
  private readonly regions = new Map<string, string>();

  async load(on: Querier, cells: readonly Sums[]): Promise<MonthNames> {
    const list = await rows<{ id: string; name: string }>(on, 'select id, name from department');
    const codes = cells.filter((c) => c.dimension === 'region' && c.key !== '').map((c) => c.key);
    await this.learn(on, [...new Set(codes)].filter((code) => !this.regions.has(code)));
    return {
      departments: Object.fromEntries(list.map((d) => [d.id, d.name])),
      regions: Object.fromEntries(this.regions),
      sources: {},
    };
  }

  private async learn(on: Querier, codes: string[]): Promise<void> {
    if (codes.length === 0) return;
    const found = await rows<{ code: string; name: string | null }>(
      on,
      `select distinct on (region) region as code, place ->> 'name' as name from case_file
       where region = any($1::text[]) and place ->> 'code' = region`,
      [codes],
    );
    for (const code of codes) this.regions.set(code, found.find((f) => f.code === code)?.name ?? code);
  }
}
