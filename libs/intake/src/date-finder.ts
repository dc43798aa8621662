import { beijingDate, beijingDayNumber, parseChineseDate, startOfDay, type ReadDate } from '@app/domain';
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

const DAY_TIME = String.raw`(?:上午|下午|晚上|凌晨|中午)?\s*\d{1,2}\s*[:：时点]\s*(?:\d{1,2}|半)?(?:\s*分(?:\s?\d{1,2}\s?秒)?|\s*[:：]\s*\d{2})?`;
/** A day with or without its time, as written inside running text. */
const WRITTEN = new RegExp(
  [
    String.raw`(?<![\d.])(?:\d{4}\s*[年/.-]\s*\d{1,2}\s*[月/.-]\s*\d{1,2}\s*[日号]?`,
    String.raw`(?:\s*[（(]?(?:星期[一二三四五六日天]|周[一二三四五六日])[）)]?)?(?:[\sT|·,]{0,12}${DAY_TIME})?`,
    String.raw`|[〇○零一二三四五六七八九]{4}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日`,
    String.raw`|\d{1,2}月\d{1,2}日\s*\d{1,2}[:：]\d{2}|(?:今天|昨天|前天)\s*\d{1,2}[:：]\d{2}`,
    String.raw`|(?<=\n)(?:今天|昨天|前天)(?=\n)|\d{1,3}\s*(?:分钟|小时|天)前|刚刚`,
    String.raw`|(?:\d{2}[-/.])?\d{1,2}[-/]\d{1,2}\s+\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)(?!\d)`,
  ].join(''),
  'g',
);
/** Words before a date that say it is the publication time, and words that say it is not. */
const SAYS_PUBLISHED =
  /(发布|发表|发文|刊发|更新|成文|提交|留言|来信|公开|录入|时间|日期|来源|时\s*间|pubtime)[^\d]{0,12}$/i;
/** A label of its own, as it stands below texts; the dates of other articles stand there too. */
const LABEL =
  /(?:(?:发布|发文|发稿|刊发|更新|成文|公开|上传|录入)(?:时\s*间|日\s*期)?|时\s*间|日\s*期)\s*[:：]\s*$/;
const SAYS_OTHER = /(今天是|现在是|当前|截至|有效期|浏览|版权|copyright|备案|©|生效|注册|签约)[^\d]{0,12}$/i;

/** What stands about an article's text on its page. */
export interface Around {
  /** From its heading to its first lines. */
  near: string;
  /** Right below it. */
  below: string;
}

/** Publication time from metadata, JSON-LD, marked-up time, then the words between title and text. */
export function findPublishedAt($: CheerioAPI, fetchedAt: Date, around: Around): ReadDate {
  for (const selector of META) {
    const read = parseChineseDate($(selector).first().attr('content') ?? '', fetchedAt);
    if (read.at) return read;
  }
  const ld = fromJsonLd($, fetchedAt);
  const found = dateAround(around, fetchedAt);
  const written = found?.read ?? NONE;
  // A day alone in the metadata against a full time on the page: the page says more.
  if (ld?.at && (ld.certain || !written.at)) return ld;
  const script = fromScript($, fetchedAt);
  // 「昨天」 was true when the page was drawn; its data say which day that was. Else the data only add the time of day.
  if (script.certain && found && !written.certain && (!/\d/.test(found.written) || addsTime(script, written))) return script;
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
  return script;
}

/** Midnight is how a system writes a day without a time. */
const addsTime = (full: ReadDate, day: ReadDate): boolean =>
  full.at !== null && day.at !== null && beijingDate(full.at) === beijingDate(day.at) && full.at.getTime() !== startOfDay(beijingDayNumber(full.at)).getTime();

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

/**
 * The date in running text that is most likely the publication time: labelled first, then with a time of day, then the
 * first. A day inside a sentence is part of the story; it counts where nothing else stands.
 */
export function dateInText(text: string, fetchedAt: Date): ReadDate {
  return bestDate(text, fetchedAt)?.read ?? NONE;
}

const LABELLED = 8;
const OWN_LINE = 4;
const TIMED = 2;

interface Found {
  read: ReadDate;
  rank: number;
  written: string;
}

function bestDate(text: string, fetchedAt: Date, says = SAYS_PUBLISHED): Found | null {
  const tidy = `\n${halfWidth(tidyText(text))}\n`;
  let best: Found | null = null;
  for (const m of tidy.matchAll(WRITTEN)) {
    const before = tidy.slice(Math.max(0, m.index - 20), m.index);
    if (SAYS_OTHER.test(before)) continue;
    const read = parseChineseDate(m[0], fetchedAt);
    if (!read.at || read.future) continue;
    const told = isTold(tidy, m.index, m[0]);
    const rank = (says.test(before) && !told ? LABELLED : 0) + (told ? 0 : OWN_LINE) + (read.certain ? TIMED : 0);
    if (!best || rank > best.rank) best = { read, rank, written: m[0] };
    if (best.rank >= LABELLED + OWN_LINE + TIMED) break;
  }
  return best;
}

const halfWidth = (s: string): string =>
  s.replace(/[\uff0d-\uff1a]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0));

/** 「9月20日，由……」: a day without a time on a line of running sentences. */
function isTold(text: string, at: number, written: string): boolean {
  if (/\d[:：]\d{2}/.test(written)) return false;
  const line = text.slice(text.lastIndexOf('\n', at) + 1, text.indexOf('\n', at));
  return line.length >= 40 && /[，。]/.test(line);
}

/** The publication time around an article, else what is labelled as one below it. */
function dateAround({ near, below }: Around, fetchedAt: Date): Found | null {
  const found = bestDate(near, fetchedAt);
  if (found && found.rank >= OWN_LINE) return found;
  const later = bestDate(below, fetchedAt, LABEL);
  return later && later.rank >= LABELLED ? later : found;
}
