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
        or ${department} in (select sd.id from department sd where sd.region like any(${patterns}))
        or (${whole} and ${region} is null
            and not exists (select from department sd where sd.id = ${department} and sd.region is not null)) end)`,
    params: [
      bound,
      viewer.departmentId,
      viewer.region === null ? null : regionPatterns(viewer.region),
      isWhole(viewer),
    ],
  };
}

/** Bounded by nothing: what is read for such a viewer needs no condition. */
export function seesAll(viewer: Viewer): boolean {
  return !boundToDepartment(viewer.role) && viewer.region === null;
}

/**
 * What the row of an item `i` alone tells before its case is looked up: false for what `scopeSql` (the same parameters, from `first` on) is sure to
 * refuse. What has no case and no department is seen by its own region only.
 */
export function inReachSql(first: number): string {
  return `(i.case_id is not null or i.department_id is not null
    or (not $${first}::boolean and ($${first + 2}::text[] is null or i.region like any($${first + 2}::text[]) or ($${first + 3}::boolean and i.region is null))))`;
}

/** LIKE patterns of a region and of what lies below it; agrees with `regionCovers`. */
export function regionPatterns(region: string): string[] {
  const literal = region.replace(/[\\%_]/g, '\\$&');
  const code = /^\d{6,12}$/.test(region) ? [`${codePrefix(region)}%`] : [];
  return [literal, `${literal}/%`, ...code];
}
