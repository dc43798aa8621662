import { load } from 'cheerio';

const MOST = 300;

/** Absolute http(s) addresses that the body of a page links to, without those of its navigation; each once, in order. */
export function pageLinks(html: string, url: string): string[] {
  const $ = load(html);
  $('nav, header, footer, aside, script, style').remove();
  const found = new Set<string>();
  for (const a of $('a[href]').toArray()) {
    const href = $(a).attr('href')?.trim() ?? '';
    if (href === '' || href.startsWith('#') || !URL.canParse(href, url)) continue;
    const link = new URL(href, url);
    link.hash = '';
    if ((link.protocol === 'http:' || link.protocol === 'https:') && link.href.length <= 2000) found.add(link.href);
    if (found.size >= MOST) break;
  }
  return [...found];
}
