import { boundToDepartment, type Viewer } from '@app/domain';

/**
 * The SQL form of `maySee`: a condition and its two parameters, for columns of a department and a region.
 * `first` is the number of the first parameter.
 */
export function scopeSql(
  viewer: Viewer,
  department: string,
  region: string,
  first: number,
): { sql: string; params: unknown[] } {
  const bound = boundToDepartment(viewer.role);
  return {
    sql: `(not $${first}::boolean or ${department} = $${first + 1}::text)
      and ($${first + 2}::text[] is null or ${region} is null or ${region} like any($${first + 2}::text[]))`,
    params: [bound, viewer.departmentId, viewer.region === null ? null : regionPatterns(viewer.region)],
  };
}

/** LIKE patterns of a region and of what lies below it; agrees with `regionCovers`. */
export function regionPatterns(region: string): string[] {
  const literal = region.replace(/[\\%_]/g, '\\$&');
  const code = /^\d{6}$/.test(region) ? [`${region.replace(/(00){1,2}$/, '')}%`] : [];
  return [literal, `${literal}/%`, ...code];
}
