import { IMPORT_FIELDS, type HandedEntry, type ImportColumns, parseChineseDate } from '@app/domain';
import type { ImportMapping } from '@app/settings';
import { digest, openable } from './entry-fields';
import { tidyText } from './plain-text';
import { MAX_TEXT, MAX_TITLE } from './item-store.service';
import type { Table } from './table-reader';

/** A row of a table as it would come in, or why it does not. */
export type ImportRow = { row: number } & ({ guid: string; entry: HandedEntry; reason: null } | { reason: string });

/** The mapping whose headings the table has most of, its title among them; null when none fits. */
export function fittingMapping(mappings: readonly ImportMapping[], headings: readonly string[]): ImportMapping | null {
  const fit = (m: ImportMapping): number =>
    m.columns.title.some((h) => headings.includes(h))
      ? Object.values(m.columns).filter((names) => names?.some((h) => headings.includes(h))).length
      : 0;
  const best = [...mappings].sort((a, b) => fit(b) - fit(a))[0];
  return best && fit(best) > 0 ? best : null;
}

/** Which column each field would be, by the headings that the mapping knows. */
export function proposeColumns(mapping: ImportMapping, headings: readonly string[]): ImportColumns {
  const of = (names: readonly string[] | undefined): string | null => names?.find((h) => headings.includes(h)) ?? null;
  return Object.fromEntries(IMPORT_FIELDS.map((f) => [f, of(mapping.columns[f])])) as unknown as ImportColumns;
}

/** Dates are Beijing time; those that cannot be read are a refusal, never a guess. @param now resolves 今天, 3分钟前 */
export function readImportRows(table: Table, mapping: ImportMapping, now: Date): ImportRow[] {
  const headingOf = (names: readonly string[] | undefined): string | undefined => names?.find((h) => table.headings.includes(h));
  const column = Object.fromEntries(Object.entries(mapping.columns).map(([k, names]) => [k, headingOf(names)]));
  return table.rows.map(({ row, cells }) => {
    const at = (field: keyof ImportMapping['columns']): string => {
      const heading = column[field];
      return heading === undefined ? '' : tidyText(cells[heading] ?? '');
    };
    const text = at('text');
    const title = (at('title') || text.slice(0, 60)).replace(/\n/g, ' ');
    if (title === '') return { row, reason: `第 ${row} 行没有标题（列：${column.title ?? mapping.columns.title.join('、')}）` };
    if (title.length > MAX_TITLE) return { row, reason: `第 ${row} 行标题超过 ${MAX_TITLE} 字` };
    if (text.length > MAX_TEXT) return { row, reason: `第 ${row} 行正文超过 ${MAX_TEXT} 字` };
    const stated = at('publishedAt');
    const date = parseChineseDate(stated, now);
    if (stated !== '' && date.at === null) return { row, reason: `第 ${row} 行时间“${stated.slice(0, 40)}”无法识别（列：${column.publishedAt ?? ''}）` };
    const href = at('url');
    const url = /^https?:\/\//i.test(href) ? openable(href) : null;
    if (href !== '' && url === null) return { row, reason: `第 ${row} 行网址须以 http:// 或 https:// 开头` };
    const entry: HandedEntry = {
      title,
      text,
      url,
      publishedAt: date.at?.toISOString() ?? null,
      certain: date.certain,
      region: at('region') || null,
      handedOnBy: mapping.handedOnBy ?? null,
      sourceTitle: mapping.title,
    };
    return { row, guid: (at('guid') || url || digest(title + text)).slice(0, 300), entry, reason: null };
  });
}
