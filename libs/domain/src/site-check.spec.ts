import { at, CALENDAR } from './clock-fixture';
import { type CheckedPage, formedOn, interprets, isInterpretation, isPolicyDocument, judgePage } from './site-check';

const page = (change: Partial<CheckedPage>): CheckedPage => ({ status: 200, fault: null, title: '公示', text: '', publishedAt: null, ...change });
const kinds = (change: Partial<CheckedPage>) => judgePage(page(change), CALENDAR).map((f) => f.kind);

describe('a page of the own site', () => {
  it.each([
    [404, '页面不存在（404）', ['dead-link']],
    [410, '已删除', ['dead-link']],
    [null, '域名无法解析', ['dead-link']],
    [503, '服务器繁忙', []],
    [null, '连接超时', []],
  ])('of status %s, %s: %j', (status, fault, wanted) => expect(kinds({ status, fault })).toEqual(wanted));

  it('shows identity card numbers whose check digit is right, masked in the sentence', () => {
    const [finding] = judgePage(page({ text: '获补助人员：张某，身份证号11010519491231002X，金额三百元' }), CALENDAR);
    expect(finding).toMatchObject({ kind: 'sensitive', sentence: expect.stringContaining('身份证号 1 处') });
    expect(finding?.sentence).not.toContain('19491231');
  });

  it.each([
    ['身份证号110105194912310021', 'a wrong check digit'],
    ['咨询电话：0797-2831234', 'a landline of an office'],
    ['项目编号 201912310001234567', 'a document number'],
    ['共补助 1380 户 26400 元', 'plain figures'],
  ])('%s: is not reported (%s)', (text) => expect(kinds({ text })).toEqual([]));

  it('counts mobile numbers', () => {
    const text = '联系人：王女士 13800138000；李先生 139 0013 9000';
    expect(judgePage(page({ text }), CALENDAR)[0]?.sentence).toContain('手机号 2 处');
  });

  it.each([
    ['2026-02-27', [], '20 working days'],
    ['2026-03-03', ['late-publication'], '22 working days'],
  ])('formed on 26 January and published on %s: %j (%s)', (day, wanted) => {
    const text = '索引号 1\n成文日期：2026年1月26日\n正文';
    expect(kinds({ text, publishedAt: at(`${day}T12:00:00+08:00`) })).toEqual(wanted);
  });

  it.each([
    ['[ 成文日期 ] | 2017-07-13 |', '2017-07-13'],
    ['发文日期：2026.3.5', '2026-03-05'],
    ['成文日期：2026年2月30日', null],
    ['2026年3月5日', null],
  ])('%s: was formed on %s', (text, day) => expect(formedOn(text)).toBe(day));
});

describe('documents and their interpretation', () => {
  it.each([
    ['云溪县人民政府办公室关于印发云溪县城市供水管理办法的通知', true],
    ['关于促进就业创业的若干意见', true],
    ['云溪县河道管理规定', true],
    ['《云溪县城市供水管理办法》政策解读', false],
    ['县政府召开常务会议研究供水工作方案', false],
    ['某项目中标公告', false],
    ['县长调研就业工作', false],
  ])('%s: a policy document is %s', (title, is) => expect(isPolicyDocument(title)).toBe(is));

  const document = { subject: '云溪县人民政府办公室关于印发云溪县城市供水管理办法的通知', number: '云府办发〔2026〕8号', url: 'http://www.yx.gov.cn/zc/1.html' };
  it.each([
    [{ title: '《办法》一图读懂', text: '', links: ['https://www.yx.gov.cn/zc/1.html?from=a'] }, '链接'],
    [{ title: '政策解读', text: '依据云府办发〔2026〕8号', links: [] }, '文号'],
    [{ title: '云溪县城市供水管理办法政策解读', text: '', links: [] }, '提到《云溪县城市供水管理办法》'],
  ])('%j interprets it by its %s', (read, reason) => expect(interprets(read, document)).toContain(reason));

  it.each([
    [{ title: '县政府召开会议', text: '云府办发〔2026〕8号', links: [document.url] }],
    [{ title: '云溪县燃气管理办法政策解读', text: '供水', links: ['http://www.yx.gov.cn/zc/2.html'] }],
  ])('%j does not', (read) => expect(interprets(read, document)).toBeNull());

  it('knows an interpretation by its title', () => expect(isInterpretation('就业政策问答')).toBe(true));
});
