import { parseChineseDate } from '@app/domain';
import type { JsonPaths } from '../json-endpoint';

export interface JsonProposal {
  paths: JsonPaths;
  proposals: { what: string; value: string; why: string }[];
}

const MOST_DEPTH = 6;
const MOST_KEYS = 60;
const SAMPLE = 20;
const TITLE_NAMES = /^(title|word|name|headline|subject|query|keyword|topic|biaoti|note)$/i;
const URL_NAMES = /^(url|link|href|mobileurl|share_?url|scheme)$/i;
const TEXT_NAMES = /^(desc|description|summary|content|text|intro|digest|abstract|excerpt|body)$/i;
const TIME_NAMES = /(time|date|^ts$|publish|created|updated)/i;
const ID_NAMES = /^(id|guid|uuid|.*_?id|mid|key)$/i;

type Row = Record<string, unknown>;

/** Where in a JSON document its list stands and which fields are what. Null where there is no list of objects with a title. */
export function proposeJson(doc: unknown, fetchedAt: Date): JsonProposal | null {
  const lists = listsOf(doc, '', 0).flatMap(({ path, rows }) => {
    const sample = rows.slice(0, SAMPLE);
    const title = titleOf(sample);
    return title === null ? [] : [{ path, rows, sample, title, score: Math.min(rows.length, 100) * title.score }];
  });
  const best = lists.sort((a, b) => b.score - a.score)[0];
  if (!best) return null;
  const { sample, title } = best;
  const paths: JsonPaths = { items: best.path === '' ? '$' : best.path, title: title.key };
  const proposals = [
    { what: '条目路径', value: paths.items, why: `此处是 ${best.rows.length} 个对象的列表` },
    { what: '标题', value: title.key, why: `各条都有，如「${String(sample[0]?.[title.key]).slice(0, 30)}」` },
  ];
  const add = (what: string, as: 'url' | 'text' | 'publishedAt' | 'guid', key: string | null, why: string): void => {
    if (key === null || key === title.key) return;
    paths[as] = key;
    proposals.push({ what, value: key, why });
  };
  add('网址', 'url', fieldOf(sample, URL_NAMES, (v) => typeof v === 'string' && /^(https?:)?\/\//.test(v)), '值是网址');
  add('正文', 'text', fieldOf(sample, TEXT_NAMES, (v) => typeof v === 'string' && v.length > 0), '名称像正文或摘要');
  add('发布时间', 'publishedAt', fieldOf(sample, TIME_NAMES, (v) => isDate(v, fetchedAt)), '各条都能读成时间');
  add('唯一标识', 'guid', idOf(sample), '各条不同');
  return { paths, proposals };
}

function listsOf(value: unknown, path: string, depth: number): { path: string; rows: Row[] }[] {
  if (depth > MOST_DEPTH || value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) {
    const rows = value.filter((v): v is Row => v !== null && typeof v === 'object' && !Array.isArray(v));
    if (rows.length >= 2 && rows.length >= value.length * 0.8) return [{ path, rows }];
    return value.slice(0, 3).flatMap((v, i) => listsOf(v, `${path}[${i}]`, depth + 1));
  }
  return Object.entries(value)
    .slice(0, MOST_KEYS)
    .filter(([key]) => /^[\w-]+$/.test(key))
    .flatMap(([key, v]) => listsOf(v, path === '' ? key : `${path}.${key}`, depth + 1));
}

function titleOf(sample: readonly Row[]): { key: string; score: number } | null {
  const scored = keysOf(sample).map((key) => {
    const texts = sample.map((r) => r[key]).filter((v): v is string => typeof v === 'string' && v.trim() !== '');
    const mean = texts.reduce((n, t) => n + t.length, 0) / Math.max(texts.length, 1);
    const fits = texts.length >= sample.length * 0.7 && mean >= 2 && mean <= 120 && !/^https?:/.test(texts[0] ?? '');
    const distinct = new Set(texts).size / Math.max(texts.length, 1);
    const chinese = texts.filter((t) => /[\u4e00-\u9fa5]{2}/.test(t)).length / Math.max(texts.length, 1);
    return { key, score: fits ? distinct * (0.2 + chinese) * (TITLE_NAMES.test(key) ? 3 : TEXT_NAMES.test(key) ? 0.8 : 1) : 0 };
  });
  const best = scored.sort((a, b) => b.score - a.score)[0];
  return best && best.score > 0 ? best : null;
}

function fieldOf(sample: readonly Row[], names: RegExp, fits: (value: unknown) => boolean): string | null {
  const good = keysOf(sample).filter((key) => names.test(key) && sample.filter((r) => fits(r[key])).length >= sample.length * 0.6);
  return good[0] ?? null;
}

function idOf(sample: readonly Row[]): string | null {
  return (
    keysOf(sample).find((key) => {
      const values = sample.map((r) => r[key]);
      return ID_NAMES.test(key) && values.every((v) => typeof v === 'string' || typeof v === 'number') && new Set(values).size === sample.length;
    }) ?? null
  );
}

const keysOf = (sample: readonly Row[]): string[] => [...new Set(sample.flatMap((r) => Object.keys(r)))].filter((k) => /^[\w-]+$/.test(k));

const isDate = (value: unknown, fetchedAt: Date): boolean =>
  (typeof value === 'string' || typeof value === 'number') && parseChineseDate(String(value), fetchedAt).at !== null;
