import { encode } from 'iconv-lite';
import { decodeBytes } from './decode';
import { parseArticle } from './article-parser';
import { parseFeed } from './feed-parser';
import { IntakeFaultError } from './intake-fault';
import { parseJsonEndpoint, selectPath } from './json-endpoint';
import { parseList } from './list-parser';
import { parsePage } from './page-parser';
import { plainText } from './plain-text';

const context = { url: 'http://e.example/list/', fetchedAt: new Date('2026-02-14T04:00:00Z') };
const CHINESE = '县里的自来水停了三天，没有人来处理，希望有关部门重视这个问题。';

describe('decodeBytes', () => {
  it.each([
    ['the header', encode(CHINESE, 'gbk'), 'text/html; charset=gb2312', 'gb18030'],
    ['the declaration', encode(`<meta charset="gbk">${CHINESE}`, 'gbk'), 'text/html', 'gb18030'],
    ['the content, against a wrong header', encode(CHINESE, 'gb18030'), 'text/html; charset=utf-8', 'gb18030'],
    ['the content, against a wrong declaration', Buffer.from(`<meta charset="gb2312">${CHINESE}`), null, 'utf-8'],
    [
      'Big5 content',
      encode('縣裡的自來水停了三天，沒有人來處理，希望有關部門重視這個問題，大家都說這樣不對。', 'big5'),
      null,
      'big5',
    ],
    [
      'a byte order mark',
      Buffer.concat([Buffer.from([0xff, 0xfe]), encode(CHINESE, 'utf-16le')]),
      'text/html; charset=utf-8',
      'utf-16le',
    ],
    ['UTF-16 without a mark', encode(`<p>${CHINESE}</p>`, 'utf-16be'), null, 'utf-16be'],
    ['UTF-8 with its last character cut', Buffer.from(CHINESE).subarray(0, -1), null, 'utf-8'],
  ])('believes %s', (_, bytes, contentType, charset) => {
    expect(decodeBytes(bytes, { contentType }).charset).toBe(charset);
  });

  it('lets an override win', () => {
    expect(decodeBytes(encode(CHINESE, 'gbk'), { contentType: 'text/html; charset=big5', override: 'GBK' }).text).toBe(
      CHINESE,
    );
  });
});

describe('parseFeed', () => {
  const one = async (xml: string) => (await parseFeed(xml, context))[0];

  it('reads RSS 0.91 without a version, RDF with items beside the channel, and Atom 0.3', async () => {
    expect(await one('<rss><channel><item><title>甲</title><link>/1</link></item></channel></rss>')).toMatchObject({
      title: '甲',
      url: 'http://e.example/1',
      publishedAt: null,
    });
    const rdf =
      '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>x</title></channel><item rdf:about="http://e/2"><title>乙</title><dc:date>2026-02-13T10:30:00+08:00</dc:date></item></rdf:RDF>';
    expect(await one(rdf)).toMatchObject({ title: '乙', url: 'http://e/2', certain: true });
    expect(
      await one(
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title mode="escaped">&lt;b&gt;丙&lt;/b&gt;</title><issued>2026-02-13T10:30:00Z</issued></entry></feed>',
      ),
    ).toMatchObject({ title: '丙', publishedAt: new Date('2026-02-13T10:30:00Z') });
  });

  it('takes the fuller of content and summary, and resolves xml:base', async () => {
    const atom =
      '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://b.example/x/"><entry><title>丁</title><link rel="enclosure" href="/no"/><link href="y.html"/><summary>短</summary><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>全文<b>在此</b></p></div></content></entry></feed>';
    expect(await one(atom)).toMatchObject({ url: 'http://b.example/x/y.html', text: '全文在此' });
  });

  it('reads JSON Feed', async () => {
    expect(
      await one(
        '{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"7","title":"戊","content_html":"<p>文</p>","url":"/7","date_published":"2026-02-13T10:30:00+08:00"}]}',
      ),
    ).toMatchObject({ guid: '7', text: '文', url: 'http://e.example/7', certain: true });
  });

  it.each([
    ['', 'empty'],
    ['<html><body>登录</body></html>', 'not-a-feed'],
    ['{"a":1}', 'not-a-feed'],
    ['just words', 'malformed'],
    ['<rss>'.padEnd(3000, '<a>'), 'malformed'],
  ])('names the fault of %j', async (text, kind) => {
    await expect(parseFeed(text, context)).rejects.toMatchObject({ fault: { kind } });
    await expect(parseFeed(text, context)).rejects.toBeInstanceOf(IntakeFaultError);
  });
});

describe('pages', () => {
  const rows = [1, 2, 3, 4, 5, 6]
    .map(
      (n) =>
        `<li><a href="${n}.html" title="第${n}条关于路灯不亮问题的答复全文标题">第${n}条关于路灯…</a><i>02-1${n % 4}</i></li>`,
    )
    .join('');
  const LIST = `<html><body><div class="nav"><a href="/">首页</a><a href="/b">问政</a></div><ul>${rows}</ul></body></html>`;

  it('finds the entries of a list by itself, with whole titles and uncertain dates', () => {
    const links = parseList(LIST, context);
    expect(links).toHaveLength(6);
    expect(links[0]).toMatchObject({
      url: 'http://e.example/list/1.html',
      title: '第1条关于路灯不亮问题的答复全文标题',
      certain: false,
    });
    expect(parsePage(LIST, context).kind).toBe('list');
  });

  it('finds title, time and text of an article among its clutter', () => {
    const html = `<html><head><title>柳湾小区恢复供水_云溪网</title></head><body><div class="top">今天是2026年2月14日 <a href="/">首页</a></div><div><h1>柳湾小区恢复供水</h1><div class="info">发布时间：2026-02-13 10:30　来源：云溪网</div><div class="c"><p>${CHINESE}</p><p>${CHINESE}</p><p>自来水公司表示，3号楼的总管已经更换。</p></div></div><div class="related"><ul><li><a href="/1">相关阅读一二三四五</a></li></ul></div><div class="foot">版权所有 2020-01-01</div></body></html>`;
    const a = parseArticle(html, context);
    expect(a).toMatchObject({
      title: '柳湾小区恢复供水',
      publishedAt: new Date('2026-02-13T02:30:00Z'),
      certain: true,
    });
    expect(a.text).toBe(`${CHINESE}\n${CHINESE}\n自来水公司表示，3号楼的总管已经更换。`);
  });

  it('says which selector found nothing', () => {
    expect(parseArticle('<h1>某小区停水</h1><p>文</p>', context, { text: '.gone' }).missed).toEqual(['text: .gone']);
  });
});

describe('plain text', () => {
  it.each([
    ['a < b && c > d', 'a < b && c > d'],
    ['<p>一</p><p>二&nbsp;三</p>', '一\n二 三'],
    ['<script>x</script>正文<style>y</style>', '正文'],
    ['坏\u0000字\ud800', '坏字'],
  ])('%j → %j', (markup, text) => expect(plainText(markup)).toBe(text));
});

describe('JSON paths', () => {
  it('goes through lists and objects', () => {
    expect(selectPath({ a: [{ b: 1 }, { b: 2 }] }, '$.a[*].b')).toEqual([1, 2]);
    expect(selectPath({ a: [{ b: 1 }, { b: 2 }] }, 'a[1].b')).toEqual([2]);
    expect(selectPath({ a: 1 }, '__proto__.x')).toEqual([]);
  });

  it('names the path that leads nowhere', () => {
    expect(() => parseJsonEndpoint('{"data":{}}', { items: 'data.list', title: 't' }, context)).toThrow('data.list');
  });
});
