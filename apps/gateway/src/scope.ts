import { boundToDepartment, codePrefix, isWhole, type Viewer } from '@app/domain';

/**
 * The SQL form of `maySee`: a condition and its four parameters, for columns of a department, of supporting
 * departments (an array) and of a region. `first` is the number of the first parameter.
 */
export function scopeSql(
  viewer: Viewer,
  department: string,
  supporting: string,
  region: string,
  first: number,
): { sql: string; params: unknown[] } {
  const bound = boundToDepartment(viewer.role);
  const [own, patterns, whole] = [`$${first + 1}::text`, `$${first + 2}::text[]`, `$${first + 3}::boolean`];
  return {
    sql: `(case when $${first}::boolean then ${department} = ${own} or ${supporting} @> array[${own}]
      else ${patterns} is null or ${region} like any(${patterns})
        or exists (select from department sd where sd.id = ${department} and sd.region like any(${patterns}))
        or (${whole} and ${region} is null
            and not exists (select from department sd where sd.id = ${department} and sd.region is not null)) end)`,
    params: [bound, viewer.departmentId, viewer.region === null ? null : regionPatterns(viewer.region), isWhole(viewer)],
  };
}

/** LIKE patterns of a region and of what lies below it; agrees with `regionCovers`. */
export function regionPatterns(region: string): string[] {
  const literal = region.replace(/[\\%_]/g, '\\$&');
  const code = /^\d{6,12}$/.test(region) ? [`${codePrefix(region)}%`] : [];
  return [literal, `${literal}/%`, ...code];
}
