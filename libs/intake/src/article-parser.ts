import { Readability } from '@mozilla/readability';
import { parseChineseDate } from '@app/domain';
import { load, type CheerioAPI } from 'cheerio';
import type { Element } from 'domhandler';
import { parseHTML } from 'linkedom';
import { findPublishedAt, type Around } from './date-finder';
import { densestText, isRich } from './text-density';
import { plainText, plainTitle, spacedText, tidyText } from './plain-text';

export interface ArticleSelectors {
  title?: string;
  text?: string;
  publishedAt?: string;
  /** Parts inside the text that are not text. */
  remove?: string[];
}

export interface Article {
  title: string;
  /** What the page as a whole is called; for an article mostly the same. */
  pageTitle: string;
  text: string;
  publishedAt: Date | null;
  certain: boolean;
  /** Selectors that were given and found nothing: the page has changed. */
  missed: string[];
}

/** Parts of a page that never belong to its article. */
const CLUTTER =
  'script,style,noscript,template,iframe,svg,canvas,form,input,select,textarea,button,nav,footer,aside,[role="navigation"],[aria-hidden="true"],' +
  '[class*="footer" i],[id="footer" i],[class*="related" i],[class*="recommend" i],[class*="share" i],[class*="comment" i],[class*="breadcrumb" i],[class*="copyright" i],[class*="qrcode" i],[class*="hot-news" i],[class*="sidebar" i],[class*="crumb" i]';

/**
 * Title, text and publication time of an article page. Selectors win where they are given and find something;
 * the rest is found from metadata, the densest text and @mozilla/readability.
 */
export function parseArticle(
  html: string,
  context: { url: string; fetchedAt: Date },
  selectors: ArticleSelectors = {},
): Article {
  const $ = load(html);
  const missed: string[] = [];
  const chosen = (key: 'title' | 'text' | 'publishedAt'): string => {
    const selector = selectors[key];
    if (!selector) return '';
    for (const r of selectors.remove ?? []) $(selector).find(r).remove();
    const found = $(selector).first();
    const value =
      key === 'text' ? plainText(found.html() ?? '') : tidyText(found.text() || found.attr('content') || '');
    if (value === '') missed.push(`${key}: ${selector}`);
    return value;
  };
  const chosenTitle = plainTitle(chosen('title'));
  const stated = chosenTitle || findTitle($);
  const statedDate = chosen('publishedAt');
  const chosenText = chosen('text');
  const text = chosenText || findText($, html, stated);
  const isNamed = chosenTitle !== '' || (stated.length > COLUMN_LENGTH && !COLUMN.test(stated));
  const title = isNamed ? stated : (headingAbove($, text) ?? stated);
  const date = statedDate
    ? parseChineseDate(statedDate, context.fetchedAt)
    : findPublishedAt($, context.fetchedAt, aroundText($, title, text));
  return { title, pageTitle: stated, text: withoutTitle(text, title), publishedAt: date.at, certain: date.certain, missed };
}

const squeeze = (s: string): string => s.replace(/[\s\u00a0\u3000"'“”‘’《》〈〉|_\-—–·:：,，.。!！?？…]+/g, '');

/** The heading that the page's own title repeats; else og:title; else the page title without the site's name. */
export function findTitle($: CheerioAPI): string {
  const page = plainTitle($('head title').first().text() || $('title').first().text());
  const og = plainTitle(
    $('meta[property="og:title"]').attr('content') ?? $('meta[name="ArticleTitle" i]').attr('content') ?? '',
  );
  const headings = $('h1,h2,h3,[class*="title" i],[id*="title" i]')
    .toArray()
    .slice(0, 200)
    .map((el) => plainTitle($(el).text()))
    .filter((t) => t.length >= 4 && t.length <= 150);
  const h1 = $('h1')
    .toArray()
    .map((el) => plainTitle($(el).text()))
    .filter((t) => t.length >= 4);
  const inPage = (t: string): boolean => squeeze(t).length >= 4 && squeeze(page).includes(squeeze(t));
  const stripped = withoutSite(page);
  const best = [...h1, ...(og ? [withoutSite(og)] : []), ...headings]
    .filter(inPage)
    .sort((a, b) => b.length - a.length)[0];
  // A heading that is only a column's name is shorter than what is left of the page's title.
  if (best && (best.length >= stripped.length * 0.6 || squeeze(stripped).length < 4)) return best;
  const cut = /(\.\.\.|…)$/.test(stripped) ? stripped.replace(/(\.\.\.|…)$/, '') : null;
  const whole = cut ? [...h1, og, ...headings].find((t) => t.startsWith(cut)) : undefined;
  return whole ?? (stripped.length >= 4 ? stripped : (h1[0] ?? og ?? '')) ?? page;
}

/** Cuts 「_新浪新闻」, 「 - 某某政府网」 off a page title: the tail after the last separator while the head stays longer. */
function withoutSite(title: string): string {
  let t = title.trim();
  for (let n = 0; n < 4; n++) {
    const m = /^(.{4,}?)\s*(?:[_|｜–—-]+|::)\s*([^_|｜–—-]{1,24})$/.exec(t);
    if (!m) break;
    const [, head = '', tail = ''] = m;
    const isSite =
      /网|新闻|频道|日报|晚报|时报|政府|门户|在线|公司|官网|论坛|博客|资讯|财经|医院|大学|中心|平台|办|局|com|cn|news|the paper|csdn|IT之家/i.test(
        tail,
      );
    if (!isSite && head.length < tail.length * 1.5) break;
    t = head.trim();
  }
  return t.replace(/[\s_|｜-]+$/, '');
}

/** Where the common systems of Chinese newsrooms and government sites put the text (TRS, UCAP, WeChat, Sina …). */
const KNOWN_PLACES =
  '[itemprop="articleBody"],.TRS_Editor,#UCAP-CONTENT,#js_content,#artibody,#zoom,#Zoom,.pages_content,#detailContent,.rm_txt_con,#ContentBody,.main-aticle,#artical_real,.post_body,.xxgk-content,.wp_articlecontent';

function findText($: CheerioAPI, html: string, title: string): string {
  const known = $(KNOWN_PLACES)
    .toArray()
    .map((el) => cleanText($, el))
    .sort((a, b) => b.length - a.length)[0];
  if (known && known.length >= 120 && /[。！？；]/.test(known)) return withoutTitle(known, title);
  const own = densestText($, CLUTTER);
  // Mostly links: a list, which no extraction makes an article of.
  if ((own.text.length >= 200 && own.linkShare < 0.2) || own.linkShare > 0.6)
    return withoutTitle(own.text, title);
  const byLibrary = readable(html);
  const pick = byLibrary.length > own.text.length * 1.3 && own.text.length < 200 ? byLibrary : own.text;
  return withoutTitle(pick || byLibrary, title);
}

function cleanText($: CheerioAPI, el: Element): string {
  const copy = $(el).clone();
  copy.find('script,style,noscript,template').remove();
  copy.find(CLUTTER).each((_, e) => {
    if (!isRich($(e).text())) $(e).remove();
  });
  return plainText(copy.html() ?? '');
}

/** Firefox's reader view over linkedom; its result as plain text. */
export function readable(html: string): string {
  const { document } = parseHTML(html);
  const result = new Readability(document as unknown as ConstructorParameters<typeof Readability>[0], {
    charThreshold: 80,
  }).parse();
  return plainText(result?.content ?? '');
}

/** 「发布时间：… 浏览次数：… 字号：[大 中 小]」: what stands about a text and is not of it. */
const FRAME =
  /^(?:[【\[（(]?\s*)?(?:(?:信息|文章|稿件)?来源|(?:发布|发文|更新)?(?:时间|日期)|浏览(?:次数|量)?|点击(?:次?数|率|量)?|阅读(?:次数|量)?|字[号体]|作者|撰稿|供稿|(?:责任|本文)?编辑|审核|分享到?|打印(?:本页)?|关闭(?:窗口)?|上一[篇条]|下一[篇条]|扫一扫)\s*(?:[:：】\]]|$|(?=[（(【]))|^\d{4}\s?[-年/.]\s?\d{1,2}\s?[-月/.]\s?\d{1,2}日?(?:\s?\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?\s*(?:来源|$)/;
const MOST_FRAME = 100;

/** The title again and the lines about the text go from its head, the lines about it from its end. */
function withoutTitle(text: string, title: string): string {
  const lines = text.split('\n');
  const isFrame = (l: string): boolean => l.length <= MOST_FRAME && !/[。]/.test(l) && FRAME.test(l.trim());
  const isTitle = (l: string): boolean => title !== '' && squeeze(l) === squeeze(title);
  let [from, to] = [0, lines.length];
  while (from < to - 1 && (isTitle(lines[from] ?? '') || isFrame(lines[from] ?? ''))) from++;
  while (to > from + 1 && isFrame(lines[to - 1] ?? '')) to--;
  return lines.slice(from, to).join('\n');
}

/** The page's title names its column or its site, not the article: 「新闻动态」, 「正文」, 「信息公开」. */
const COLUMN =
  /^[\u4e00-\u9fa5]{0,12}(?:新闻|动态|公告|公示|通知|通报|公开|要闻|资讯|详情|详细|正文|内容|文章|栏目|频道|首页|网站|门户|官网|平台|政府网?|委员会|[局厅部院])$/;
const COLUMN_LENGTH = 7;
const NO_HEADING = /^(?:首页|当前位置|您(?:现在)?的?位置|来源|作者|时间|日期|发布|编辑|责任编辑|字[体号]|浏览|阅读|点击|分享|打印|关闭|索\s?引|文号|发文|[【\[（(]?[大中小]|A[-+])|[>＞›»]|\d{4}\s?[-年/.]\s?\d{1,2}\s?[-月/.]\s?\d{1,2}|https?:/;
const HEADING_LINES = 8;

/** The line above an article's text that can be its heading. */
function headingAbove($: CheerioAPI, text: string): string | null {
  const body = $('body').clone();
  body.find('script,style,noscript').remove();
  const all = plainText(body.html() ?? '');
  const start = placeOf(all, text.slice(0, 40));
  if (start < 0) return null;
  const above = all.slice(0, start).split('\n').slice(-HEADING_LINES).reverse();
  const own = text.split('\n', 1)[0] ?? '';
  const fits = (line: string): boolean =>
    line.length > COLUMN_LENGTH && line.length <= 90 && !/[。；]/.test(line) && !NO_HEADING.test(line) && !COLUMN.test(line);
  return above.map((l) => l.trim()).find(fits) ?? (fits(own) ? own : null);
}

/** The words around the heading up to the start of the article's text, where sites print the time, and those below it. */
function aroundText($: CheerioAPI, title: string, text: string): Around {
  const body = $('body').clone();
  body.find('script,style,noscript').remove();
  const all = spacedText(body.html() ?? '');
  const start = placeOf(all, text.slice(0, 40));
  const titleAt = title ? all.lastIndexOf(title.slice(0, 16), start < 0 ? undefined : start) : -1;
  if (start < 0) return { near: titleAt >= 0 ? all.slice(Math.max(0, titleAt - 100), titleAt + 600) : all.slice(0, 1500), below: '' };
  const from = titleAt >= 0 && start - titleAt < 1500 ? Math.max(0, titleAt - 60) : Math.max(0, start - 400);
  const end = placeOf(all, text.slice(-40), start);
  return { near: all.slice(from, start + 160), below: end < 0 ? '' : all.slice(end, end + 300) };
}

/** Where words begin in another rendering of the same page, blanks aside. */
function placeOf(all: string, words: string, from = 0): number {
  const pattern = [...words.replace(/\s+/g, '').slice(0, 24)]
    .map((c) => c.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('\\s*');
  if (pattern === '') return -1;
  const found = all.slice(from).search(new RegExp(pattern, 'u'));
  return found < 0 ? -1 : found + from;
}
