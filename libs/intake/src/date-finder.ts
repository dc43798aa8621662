import { parseChineseDate, type ReadDate } from '@app/domain';
import type { CheerioAPI } from 'cheerio';
import { tidyText } from './plain-text';

const NONE: ReadDate = { at: null, certain: false, future: false };

/** Metadata that states when an article was published, the surest first. */
const META = [
  'meta[property="article:published_time"]',
  'meta[name="article:published_time"]',
  'meta[itemprop="datePublished"]',
  'meta[name="PubDate" i]',
  'meta[name="publishdate" i]',
  'meta[name="publication_date" i]',
  'meta[name="firstpublishedtime" i]',
  'meta[name="_pubtime" i]',
  'meta[name="apub:time"]',
  'meta[property="og:release_date"]',
  'meta[property="og:published_time"]',
  'meta[name="weibo: article:create_at"]',
  'meta[name="weibo:article:create_at"]',
  'meta[name="article:create_at"]',
  'meta[name="createDate" i]',
  'meta[name="dcterms.created" i]',
  'meta[name="publish_time" i]',
  'meta[name="releaseDate" i]',
];

/** A day with or without its time, as written inside running text. */
const WRITTEN =
  /(?<![\d.])(?:\d{4}\s*[年/.-]\s*\d{1,2}\s*[月/.-]\s*\d{1,2}\s*[日号]?(?:\s*(?:星期[一二三四五六日天]|周[一二三四五六日]))?(?:[\sT|·,]{0,12}(?:上午|下午|晚上|凌晨|中午)?\s*\d{1,2}\s*[:：时点]\s*(?:\d{1,2}|半)?(?:\s*[:：分]\s*\d{0,2})?)?|\d{1,2}月\d{1,2}日\s*\d{1,2}[:：]\d{2}|(?:今天|昨天|前天)\s*\d{1,2}[:：]\d{2}|\d{1,3}\s*(?:分钟|小时|天)前|刚刚|\d{1,2}-\d{1,2}\s+\d{1,2}[:：]\d{2})(?!\d)/g;
/** Words before a date that say it is the publication time, and words that say it is not. */
const SAYS_PUBLISHED =
  /(发布|发表|发文|刊发|更新|成文|提交|留言|来信|公开|录入|时间|日期|来源|时\s*间|pubtime)[^\d]{0,12}$/i;
const SAYS_OTHER = /(今天是|现在是|当前|截至|有效期|浏览|版权|copyright|备案|©|生效|注册|签约)[^\d]{0,12}$/i;

/** Publication time from metadata, JSON-LD, marked-up time, then the words between title and text. */
export function findPublishedAt($: CheerioAPI, fetchedAt: Date, aroundTitle: string): ReadDate {
  for (const selector of META) {
    const read = parseChineseDate($(selector).first().attr('content') ?? '', fetchedAt);
    if (read.at) return read;
  }
  const ld = fromJsonLd($, fetchedAt);
  const written = dateInText(aroundTitle, fetchedAt);
  // A day alone in the metadata against a full time on the page: the page says more.
  if (ld?.at && (ld.certain || !written.at)) return ld;
  if (written.at) return written;
  for (const selector of [
    'time[pubdate]',
    'time[datetime]',
    '[itemprop="datePublished"]',
    '#pubtime_baidu',
    '[class*="pub-time"]',
    '[class*="pubtime" i]',
    '[class*="publish" i]',
    '[class*="date" i]',
    '[class*="time" i]',
  ]) {
    const el = $(selector).first();
    const read = parseChineseDate(el.attr('datetime') ?? el.attr('content') ?? el.text().slice(0, 120), fetchedAt);
    if (read.at) return read;
  }
  return fromScript($, fetchedAt);
}

/** Pages drawn by script (WeChat and others) state the time only in their data. */
function fromScript($: CheerioAPI, fetchedAt: Date): ReadDate {
  const pattern =
    /(?:publish_?time|pub_?time|\bct|create_?time|ptime)["']?\s*[:=]\s*["']?(\d{10}(?:\d{3})?|\d{4}-\d{1,2}-\d{1,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?)["',;}\s]/i;
  for (const el of $('script').toArray()) {
    const m = pattern.exec($(el).text());
    const read = m ? parseChineseDate(m[1] ?? '', fetchedAt) : NONE;
    if (read.at && !read.future) return read;
  }
  return NONE;
}

function fromJsonLd($: CheerioAPI, fetchedAt: Date): ReadDate | null {
  for (const el of $('script[type="application/ld+json"]').toArray()) {
    const m = /"(?:datePublished|pubDate|uploadDate)"\s*:\s*"([^"]{4,40})"/.exec($(el).text());
    const read = m ? parseChineseDate(m[1] ?? '', fetchedAt) : NONE;
    if (read.at) return read;
  }
  return null;
}

/** The date in running text that is most likely the publication time: labelled first, then with a time of day, then the first. */
export function dateInText(text: string, fetchedAt: Date): ReadDate {
  let best: { read: ReadDate; rank: number } | null = null;
  for (const m of tidyText(text).matchAll(WRITTEN)) {
    const before = tidyText(text).slice(Math.max(0, m.index - 20), m.index);
    if (SAYS_OTHER.test(before)) continue;
    const read = parseChineseDate(m[0], fetchedAt);
    if (!read.at || read.future) continue;
    const rank = (SAYS_PUBLISHED.test(before) ? 4 : 0) + (read.certain ? 2 : 0);
    if (!best || rank > best.rank) best = { read, rank };
    if (best.rank >= 6) break;
  }
  return best?.read ?? NONE;
}
