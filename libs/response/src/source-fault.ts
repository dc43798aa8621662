import type { FetchedSource } from '@app/settings';
import { sourceSchema } from '@app/settings';
import { invalid, type Refusal } from './desk-result';

/** What a person reads about a field of a source; the schema's own words are those of check-config. */
const WORDS: [RegExp, string][] = [
  [/^name$/, '来源标识须为 2–48 个小写字母、数字或连字符，以字母开头'],
  [/^title$/, '来源名称须为 1–80 个字'],
  [/^url$/, '网址须以 http:// 或 https:// 开头（RSSHub 路由以 {rsshub}/ 开头）'],
  [/^kind$/, '类型须为 feed（订阅源）、json（接口）、html-list（网页列表）、sitemap（站点地图）之一'],
  [/^schedule/, '抓取间隔须为 20–604800 秒，且在最短与最长间隔之间；或为五、六段的 cron 表达式（北京时间）'],
  [/^priority$/, '优先级须为 high（每分钟）或 normal'],
  [/^politeness\.pauseSeconds/, '同一网站两次请求的间隔须为 0–600 秒'],
  [/^politeness\.maxDetails/, '每次读取的详情页须为 0–100 篇'],
  [/^paths/, '接口的条目路径与标题路径必填，每个路径最多 200 个字符，如 data.list'],
  [/^(list|detail)\.maxPages/, '翻页须为 1–20 页'],
  [/^(list|detail)/, '选择器须为 1–300 个字符的 CSS 选择器'],
  [/^include$/, '网址筛选须为正则表达式，最多 200 个字符'],
  [/^maxEntries$/, '站点地图须读 1–1000 个网址'],
  [/^region$/, '地区最多 60 个字'],
  [/^department$/, '部门标识最多 60 个字符'],
  [/^charset$/, '编码名最多 40 个字符'],
  [/^handedOnBy$/, '转办须为 platform（问政平台）或 superior（上级转办）'],
];

/** One definition as a person has written it, checked by the schema of config/sources. */
export function readDefinition(value: unknown): { ok: true; source: FetchedSource } | Refusal {
  const read = sourceSchema.safeParse(value);
  if (!read.success) {
    const issue = read.error.issues[0];
    const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
    const key = [...(issue?.path.map(String) ?? []), ...(unknown === undefined ? [] : [unknown])].join('.');
    if (unknown !== undefined) return invalid(key, `没有名为 ${key} 的设置项`);
    return invalid(key, WORDS.find(([pattern]) => pattern.test(key))?.[1] ?? `${key || '来源'}：${issue?.message ?? '不合要求'}`);
  }
  if (read.data.kind === 'demo') return invalid('kind', '演示来源只能在 config/sources 中设置');
  return { ok: true, source: read.data };
}
