import { encode } from 'iconv-lite';
import { decodeBytes } from './decode';
import { parsePage } from './page-parser';

/** Fetched on Saturday 14 February 2026 at noon, Beijing time. */
const context = { url: 'http://e.example/a/1.html', fetchedAt: new Date('2026-02-14T04:00:00Z') };
const TITLE = '柳湾小区全面恢复供水';
const LINES = [
  '2月12日晚，柳湾小区3号楼的供水总管破裂，一百二十户居民家中停水，物业公司当晚张贴了通知。',
  '记者从县自来水公司了解到，抢修人员连夜开挖路面，更换了破损的管道，并对水质进行了检测。',
  '公司负责人表示，类似老旧管道还有四处，将在今年六月底前全部更换，施工前会提前告知居民。',
  '截至13日上午，各楼层水压正常。居民王女士说，希望以后停水能早一点通知，家里好有准备。',
];
const TEXT = LINES.join('\n');

const HEADS: Record<string, (date: string) => string> = {
  'h1 and an info bar': (d) => `<h1>${TITLE}</h1><div class="info"><span>${d}</span><span>来源：云溪网</span><span>作者：李某</span></div>`,
  'a table of old': (d) => `<table width="100%"><tr><td align="center"><b><font size="5">${TITLE}</font></b></td></tr><tr><td align="center">${d}　点击数：128</td></tr></table>`,
  'h2 with a label': (d) => `<h2 class="tit">${TITLE}</h2><p class="sub">发布时间：${d}　浏览次数：<i>203</i>　字号：[大 中 小]</p>`,
  'a breadcrumb before': (d) => `<div class="position">当前位置：<a href="/">首页</a> &gt; <a href="/n/">新闻动态</a> &gt; 正文</div><div class="arc-title">${TITLE}</div><div>来源：云溪发布 ${d}</div>`,
};
const BODIES: Record<string, string> = {
  paragraphs: `<div class="con">${LINES.map((l) => `<p>　　${l}</p>`).join('')}</div>`,
  breaks: `<div id="txt">${LINES.map((l) => `&nbsp;&nbsp;${l}`).join('<br><br>')}</div>`,
  'nested spans': `<div class="view"><div>${LINES.map((l) => `<p><span style="font-size:16px"><span>${l}</span></span></p>`).join('\n')}</div></div>`,
  'a table cell': `<table><tr><td>${LINES.map((l) => `<p>${l}</p>`).join('')}</td></tr></table>`,
};
const AROUND: Record<string, [string, string]> = {
  bare: ['', ''],
  'a portal': [
    '<div class="top">今天是2026年2月14日 星期六 <a href="/">首页</a><a href="/gk">政务公开</a><a href="/hd">互动交流</a></div>',
    '<div class="list"><ul>' +
      ['路灯改造工程开工', '春节期间公交调整', '全县召开教育工作会议', '医保缴费指南发布', '新增三处停车场']
        .map((t, i) => `<li><a href="/a/${i}.html">${t}的通知公告</a><span>2026-01-1${i}</span></li>`)
        .join('') +
      '</ul></div><div class="foot">版权所有：云溪县人民政府 赣ICP备05000001号 更新于2019-01-01</div>',
  ],
};
const at = (s: string): string => new Date(s).toISOString();
const FULL = at('2026-02-13T10:30:00+08:00');
const DATES: [string, string][] = [
  ['2026-02-13 10:30', FULL],
  ['2026-02-13 10:30:00', FULL],
  ['2026/02/13 10:30', FULL],
  ['2026.02.13 10:30', FULL],
  ['2026年2月13日 10:30', FULL],
  ['2026年02月13日10时30分', FULL],
  ['2026年2月13日 上午10:30', FULL],
  ['2026-2-13 10:30', FULL],
  ['2026年02月13日 星期五 10:30', FULL],
  ['２０２６-０２-１３ １０:３０', FULL],
  ['2026-02-13T10:30:00+08:00', FULL],
  ['26-02-13 10:30', FULL],
  ['2026-02-13', at('2026-02-13T00:00:00+08:00')],
  ['2026年2月13日', at('2026-02-13T00:00:00+08:00')],
  ['2026.2.13', at('2026-02-13T00:00:00+08:00')],
  ['[2026-02-13]', at('2026-02-13T00:00:00+08:00')],
  ['02-13 10:30', FULL],
  ['2月13日 10:30', FULL],
  ['昨天 10:30', FULL],
  ['3小时前', at('2026-02-14T09:00:00+08:00')],
];

const pageOf = (head: string, body: string, [before, after]: [string, string], title = `${TITLE}_云溪县人民政府`): string =>
  `<html><head><title>${title}</title></head><body>${before}<div class="main">${head}${body}</div>${after}</body></html>`;

/** What is wrong with what was read, in a word each. */
function faultsOf(html: string, published: string | null): string[] {
  const page = parsePage(html, context);
  return [
    ...(page.kind === 'article' ? [] : ['kind']),
    ...(page.title === TITLE ? [] : [`title ${page.title}`]),
    ...((page.publishedAt?.toISOString() ?? null) === published ? [] : [`date ${page.publishedAt?.toISOString() ?? '-'}`]),
    ...(TEXT.split('\n').every((l) => page.text.includes(l)) ? [] : ['text is short']),
    ...(page.text.length <= TEXT.length * 1.15 ? [] : ['text is long']),
  ];
}

const frames = Object.entries(HEADS).flatMap(([h, head]) =>
  Object.entries(BODIES).flatMap(([b, body]) =>
    Object.entries(AROUND).map(([a, around]) => ({ name: `${h}, ${b}, ${a}`, head, body, around })),
  ),
);

describe('pages nobody wrote a selector for', () => {
  it.each(frames)('$name: title, text and each of twenty forms of a date', ({ head, body, around }) => {
    const wrong = DATES.flatMap(([written, published]) => {
      const faults = faultsOf(pageOf(head(written), body, around), published);
      return faults.length > 0 ? [`${written}: ${faults.join(', ')}`] : [];
    });
    expect(wrong).toEqual([]);
  });

  it('the date below the text, where the text itself names days', () => {
    const body = `${BODIES['paragraphs'] ?? ''}<div class="end">发布日期：2026-02-13　责任编辑：李某</div>`;
    expect(faultsOf(pageOf(`<h1>${TITLE}</h1>`, body, ['', '']), at('2026-02-13T00:00:00+08:00'))).toEqual([]);
  });

  it('no date on the page: none is read out of the story', () => {
    const told = parsePage(pageOf(`<h1>${TITLE}</h1>`, BODIES['paragraphs'] ?? '', ['', '']), context);
    expect(told.certain).toBe(false);
  });

  it('a page that is called as its column', () => {
    const head = `<h5>${TITLE}</h5><div class="ly"><b>发布时间：2026-02-13</b> <i>来源：云溪网</i></div>`;
    const html = pageOf(head, BODIES['paragraphs'] ?? '', ['<h3>首页 - 新闻动态</h3>', ''], '新闻动态--云溪县人民政府');
    expect(faultsOf(html, at('2026-02-13T00:00:00+08:00'))).toEqual([]);
  });

  it('「昨天」 on a page whose data state the instant', () => {
    const script = '<script>var ct = "1770949800";</script>';
    const html = pageOf(`<h1>${TITLE}</h1><em>昨天</em>`, `${BODIES['paragraphs'] ?? ''}${script}`, ['', '']);
    expect(faultsOf(html, FULL)).toEqual([]);
  });

  it('the dates of other articles beside a page without its own', () => {
    const html = pageOf(`<h1>${TITLE}</h1>`, BODIES['breaks'] ?? '', AROUND['a portal'] ?? ['', '']);
    const page = parsePage(html, context);
    expect([page.title, page.certain]).toEqual([TITLE, false]);
    expect(page.publishedAt?.toISOString() ?? '').not.toMatch(/^2026-01|^2019/);
  });

  it.each([
    ['gb18030', TEXT],
    ['utf-16le', TEXT],
    ['utf-16be', TEXT],
    ['utf-8', TEXT],
    ['big5', '縣裡的自來水停了三天，沒有人來處理，希望有關部門重視這個問題，大家都說這樣不對。'],
  ])('in %s, under a wrong label', (charset, text) => {
    const bytes = encode(`<html><head><title>一件事</title></head><body><p>${text}</p></body></html>`, charset);
    for (const contentType of ['text/html; charset=iso-8859-1', 'text/html; charset=utf-8', 'text/html; charset=gb2312', null])
      expect(decodeBytes(bytes, { contentType }).text).toContain(text);
  });
});
