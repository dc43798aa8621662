import { asHtml } from './email-sender';
import { asShort, asText, cutBytes, planMessage, timeLeft } from './message';
import { ALERT, NOW, SINGLE, TEMPLATES, TOLD } from './message.fixture';

const LINK = { url: 'https://huiying.example/cases/12', sign: false };
const plan = (more: Partial<typeof TOLD> = {}, link: typeof LINK | null = LINK) =>
  planMessage({ ...SINGLE, alerts: [{ ...TOLD, ...more }] }, TEMPLATES, NOW, link);

describe('the message', () => {
  it('tells case, duty, time left and one link, each on its own line', () => {
    expect(plan()).toMatchObject({
      title: '【紧急】权威信息发布将到期',
      lines: [
        '化工厂爆炸：须在 5 小时内发布 <a href="x">点我</a>',
        '事件：化工厂爆炸（YX-2026-0012）',
        '承办：应急管理局',
        '时限：发布权威信息，2026年11月21日 12:05前，还剩 2 小时 5 分',
      ],
      url: 'https://huiying.example/cases/12',
      linkLine: '查看：https://huiying.example/cases/12',
    });
  });

  it('says how long a duty is overdue', () => {
    expect(plan({ dueAt: new Date('2026-11-18T06:00:00+08:00') }, null).lines[3]).toContain('已超期 3 天 4 小时');
  });

  it.each([
    [30, '还剩 不到 1 分'],
    [-30, '已超期 不到 1 分'],
    [125 * 60, '还剩 2 小时 5 分'],
    [-26 * 3600, '已超期 1 天 2 小时'],
  ])('%d s from now: %s', (seconds, text) => expect(timeLeft(new Date(NOW.getTime() + seconds * 1000), NOW)).toBe(text));

  it('leaves out the lines whose values are not known', () => {
    const bare = plan({ caseCode: null, caseTitle: null, dutyTitle: null, dueAt: null, departmentName: null }, null);
    expect(bare.lines).toHaveLength(1);
    expect(asText(bare)).not.toMatch(/查看|undefined|\{/);
  });

  it('carries nobody’s telephone or identity number out of the house', () => {
    const text = asText(plan({ caseTitle: '我叫王小明，电话13812345678，求助' }));
    expect(text).toContain('求助（YX-2026-0012）');
    expect(text).not.toContain('13812345678');
    expect(text).not.toContain('王小明');
  });

  it('takes braces of a text for text', () => {
    const odd = plan({ alert: { ...ALERT, title: '{link}{secret}$&{count}' } });
    expect(odd.title).toBe('【紧急】{link}{secret}$&{count}');
  });

  it('that is too long for a channel keeps its title, its link and who is responsible', () => {
    const long = plan({ alert: { ...ALERT, body: '长'.repeat(3000) } });
    const text = asText(long, 2048, '责任人：张三');
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2048);
    expect(text).toMatch(/^【紧急】权威信息发布将到期\n长+…\n查看：https:\/\/huiying\.example\/cases\/12\n责任人：张三$/);
  });

  it('in HTML shows markup as text, and the only link is ours', () => {
    const html = asHtml(plan());
    expect(html).toContain('&#60;a href=&#34;x&#34;&#62;点我');
    expect([...html.matchAll(/<a /g)]).toHaveLength(1);
    expect(html).toContain('href="https://huiying.example/cases/12"');
    expect(html).not.toMatch(/<img|<script|src=/);
  });
});

describe('a summary', () => {
  const alerts = [TOLD, { ...TOLD, alert: { ...ALERT, id: '8', severity: 'warning' as const, title: '停水' }, dueAt: null }];

  it.each([
    ['digest', '【汇总】40 条预警，最急：权威信息发布将到期'],
    ['storm', '【预警集中】40 条预警，最急：权威信息发布将到期'],
  ] as const)('%s names the number, the most urgent, and counts what it does not list', (kind, title) => {
    const message = planMessage({ key: 'k', kind, count: 40, alerts }, TEMPLATES, NOW, LINK);
    expect(message.title).toBe(title);
    expect(message.lines).toEqual(['【紧急】权威信息发布将到期（还剩 2 小时 5 分）', '【预警】停水', '另有 38 条，请登录查看']);
  });

  it('that lists all of them counts no rest', () => {
    expect(planMessage({ key: 'k', kind: 'digest', count: 2, alerts }, TEMPLATES, NOW, LINK).lines).toHaveLength(2);
  });
});

describe('the short text', () => {
  const SIGN = { url: 'https://h.example/r/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ', sign: true };

  it('tells title, time left and the link', () => {
    expect(asShort(plan({}, SIGN), 200)).toBe(`【紧急】权威信息发布将到期，还剩 2 小时 5 分。签收 ${SIGN.url}`);
  });

  it('that is too long loses of the title, never of the link', () => {
    const short = asShort(plan({ alert: { ...ALERT, title: '权威信息发布将到期：'.repeat(9) } }, SIGN), 90);
    expect([...short]).toHaveLength(90);
    expect(short).toMatch(new RegExp(`^【紧急】权威.*…，还剩 2 小时 5 分。签收 ${SIGN.url}$`));
  });

  it('without time and link has no orphaned signs', () => {
    expect(asShort(plan({ dueAt: null }, null), 70)).toBe('【紧急】权威信息发布将到期。');
  });
});

it('cuts by bytes, never within a character', () => {
  expect(cutBytes('汉字😀尾', 100)).toBe('汉字😀尾');
  expect(cutBytes('汉字😀尾', 12)).toBe('汉字…');
  expect(cutBytes('汉字😀尾巴', 13)).toBe('汉字😀…');
});
