import { Readability } from '@mozilla/readability';
import { parseChineseDate } from '@app/domain';
import { load, type CheerioAPI } from 'cheerio';
import type { Element } from 'domhandler';
import { parseHTML } from 'linkedom';
import { findPublishedAt } from './date-finder';
import { densestText, isRich } from './text-density';
import { plainText, plainTitle, tidyText } from './plain-text';

export interface ArticleSelectors {
  title?: string;
  text?: string;
  publishedAt?: string;
  /** Parts inside the text that are not text. */
  remove?: string[];
}

export interface Article {
  title: string;
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
  const title = plainTitle(chosen('title')) || findTitle($);
  const statedDate = chosen('publishedAt');
  const text = chosen('text');
  const found = text ? { text, before: '' } : findText($, html, title);
  const date = statedDate
    ? parseChineseDate(statedDate, context.fetchedAt)
    : findPublishedAt($, context.fetchedAt, aroundTitle($, title, found.text));
  return { title, text: found.text, publishedAt: date.at, certain: date.certain, missed };
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

function findText($: CheerioAPI, html: string, title: string): { text: string } {
  const known = $(KNOWN_PLACES)
    .toArray()
    .map((el) => cleanText($, el))
    .sort((a, b) => b.length - a.length)[0];
  if (known && known.length >= 120 && /[。！？；]/.test(known)) return { text: withoutTitle(known, title) };
  const own = densestText($, CLUTTER);
  // Mostly links: a list, which no extraction makes an article of.
  if ((own.text.length >= 200 && own.linkShare < 0.2) || own.linkShare > 0.6)
    return { text: withoutTitle(own.text, title) };
  const byLibrary = readable(html);
  const pick = byLibrary.length > own.text.length * 1.3 && own.text.length < 200 ? byLibrary : own.text;
  return { text: withoutTitle(pick || byLibrary, title) };
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

function withoutTitle(text: string, title: string): string {
  const [first = '', ...rest] = text.split('\n');
  return title !== '' && squeeze(first) === squeeze(title) && rest.length > 0 ? rest.join('\n') : text;
}

/** The words around the heading up to the start of the article's text: where sites print the time. */
function aroundTitle($: CheerioAPI, title: string, text: string): string {
  const body = $('body').clone();
  body.find('script,style,noscript').remove();
  const all = plainText(body.html() ?? '');
  const start = text.slice(0, 24);
  const at = start ? all.indexOf(start) : -1;
  const titleAt = title ? all.lastIndexOf(title.slice(0, 16), at < 0 ? undefined : at) : -1;
  if (at >= 0) {
    const from = titleAt >= 0 && at - titleAt < 1500 ? Math.max(0, titleAt - 60) : Math.max(0, at - 400);
    const near = all.slice(from, at + 160);
    return near;
  }
  return titleAt >= 0 ? all.slice(Math.max(0, titleAt - 100), titleAt + 600) : all.slice(0, 1500);
}
