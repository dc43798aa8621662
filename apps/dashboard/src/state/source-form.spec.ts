import { definitionOf, emptyForm, fieldOfKey, formOf, nameFrom } from './source-form';

const LIST = {
  name: 'county-board',
  title: '问政平台',
  kind: 'html-list',
  url: 'https://board.example/list/',
  enabled: true,
  official: false,
  handedOnBy: 'platform',
  schedule: { everySeconds: 600, minSeconds: 120, maxSeconds: 3600 },
  politeness: { pauseSeconds: 0.5, maxDetails: 10 },
  list: { item: 'ul.list > li', publishedAt: '.date', next: 'a.next', maxPages: 5 },
  detail: { text: '.content', remove: ['.share', '.foot'] },
};
const JSON_SOURCE = {
  ...{ name: 'hot', title: '热榜', kind: 'json', url: 'https://hot.example/api', enabled: false, official: true, priority: 'high' },
  ...{ schedule: { cron: '0 */5 * * * *' }, politeness: { pauseSeconds: 2, maxDetails: 0 }, paths: { items: 'data', title: 'word' } },
};

describe('the form of a source', () => {
  it.each([['a list', LIST], ['a JSON endpoint', JSON_SOURCE]])('gives back what it was given: %s', (_, given) => {
    expect(definitionOf(formOf(given))).toEqual(given);
  });

  it('leaves out what belongs to another kind and what is empty', () => {
    const form = { ...formOf(LIST), kind: 'feed', charset: ' ' };
    expect(Object.keys(definitionOf(form))).toEqual(['name', 'title', 'kind', 'url', 'enabled', 'official', 'handedOnBy', 'schedule', 'politeness']);
  });

  it('hands on a number that is none, to be refused by name, and knows the field of the refusal', () => {
    expect(definitionOf({ ...formOf(LIST), every: '十分钟' })['schedule']).toMatchObject({ everySeconds: '十分钟' });
    expect(fieldOfKey('schedule.everySeconds')).toBe('every');
    expect(fieldOfKey('name')).toBe('name');
    expect(fieldOfKey('nonsense')).toBe('');
  });

  it('makes a name of any address', () => {
    for (const url of ['https://www.xunwu.gov.cn/news/', 'http://127.0.0.1:8099/board/', 'https://例子.中国/甲/乙', 'https://a.b'])
      expect(nameFrom(url)).toMatch(/^[a-z][a-z0-9-]{1,47}$/);
    expect(nameFrom('https://www.xunwu.gov.cn/news/list.html')).toBe('xunwu-gov-cn-news');
    expect(definitionOf(emptyForm())['name']).toBeUndefined();
  });
});
