import { load } from 'cheerio';
import { parseArticle, type Article } from './article-parser';
import { parseList, type ListLink } from './list-parser';
import { densestText } from './text-density';

export interface Page {
  kind: 'article' | 'list';
  title: string;
  text: string;
  publishedAt: Date | null;
  certain: boolean;
  links: ListLink[];
}

/** Any page: decides whether it is an article or a list, and reads it as such. */
export function parsePage(html: string, context: { url: string; fetchedAt: Date }): Page {
  const links = parseList(html, context);
  const article = parseArticle(html, context);
  const kind = kindOf(html, links, { ...article, title: article.pageTitle });
  return {
    kind,
    title: kind === 'list' ? article.pageTitle : article.title,
    text: article.text,
    publishedAt: article.publishedAt,
    certain: article.certain,
    links,
  };
}

/**
 * A list is a page whose words stand in links; an article has running sentences outside them, or says of itself
 * that it is one. Many dated links beside little running text make a list too.
 */
export function kindOf(
  html: string,
  links: ListLink[],
  article: Pick<Article, 'text' | 'title' | 'certain'>,
): 'article' | 'list' {
  if (links.length < 5) return 'article';
  const $ = load(html);
  const { text } = article;
  const sentences = (text.match(/[。！？]/g) ?? []).length;
  const linkWords = links.reduce((n, l) => n + l.title.length, 0);
  const dated = links.filter((l) => l.publishedAt).length;
  // Many 「articleBody」 are the excerpts of a list.
  const marked = $('[itemprop="articleBody"]').length;
  const namesItself =
    (marked > 0 && marked < 4) ||
    $(
      'meta[property="og:type"][content="article"],meta[property="article:published_time"],meta[name="publishdate" i],meta[name="ArticleTitle" i],meta[name="weibo: article:create_at"]',
    ).length > 0;
  const mostDated = dated >= 8 && dated >= links.length * 0.7;
  // Excerpts under each entry are running text too.
  if (dated >= 20 && dated >= links.length * 0.9 && !article.certain && !namesItself) return 'list';
  if (namesItself && !(mostDated && sentences < 3)) return 'article';
  // A heading as long as a headline, a full time beside it and a few sentences: a short notice.
  const headed = article.title.length >= 10 && article.certain && text.length >= 100 && sentences >= 1;
  if (headed && (!mostDated || sentences >= 3)) return 'article';
  if (mostDated) return sentences >= links.length && text.length > linkWords * 2 ? 'article' : 'list';
  const dense = densestText($, 'script,style,noscript');
  if (sentences >= 4 && text.length > linkWords * 0.5 && dense.linkShare < 0.3)
    return dated >= 5 && article.title.length < 8 ? 'list' : 'article';
  if (dated >= 5 && dated >= links.length * 0.5 && sentences < 8) return 'list';
  if (sentences <= 2 && linkWords > text.length * 0.6) return 'list';
  return dense.linkShare > 0.4 ? 'list' : text.length > linkWords ? 'article' : 'list';
}
