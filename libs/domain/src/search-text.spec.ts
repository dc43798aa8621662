import { candidateQuery, lexemeOf, parseSearch, searchMarks, searchQuery, searchVector } from './search-text';

/** Stands for the segmenter: words are separated by | here. */
const cut = (text: string): string[] => text.split('|');
const within = (word: string): string[] => (word === '化工厂' ? ['化工', '工厂'] : []);

describe('the words a text can be found by', () => {
  it('keeps each word at its number, and the shorter words within it at the same', () => {
    expect(searchVector(['化工厂', '爆炸', '，', '爆炸'], within, 3)).toBe(`'化工厂':1 '化工':1 '工厂':1 '爆炸':2,4 '#3'`);
  });

  it('knows no punctuation and no masks, and one form of letters and digits', () => {
    expect(['，', ' ', '138******78', '＊', 'Ａ１'].map(lexemeOf)).toEqual([null, null, null, null, 'a1']);
  });

  it('lets no word break out of its quotes', () => {
    expect(searchVector([`it's`, 'a\\b'], within, 0)).toBe(`'it''s':1 'a\\\\b':2 '#0'`);
  });

  it('stays within what PostgreSQL can count', () => {
    const vector = searchVector(Array.from({ length: 20_000 }, () => '水'), within, 0);
    expect(vector.split(' ')[0]!.split(',')).toHaveLength(255);
    expect(searchVector([...Array.from({ length: 17_000 }, () => '，'), '水'], within, 0)).toContain(`'水':16383`);
  });
});

describe('what a person asks for', () => {
  it('reads runs, phrases and what must not be there', () => {
    expect(parseSearch('停水 “恢复供水”　-检修 "三 天"')).toEqual({ all: ['停水'], phrases: ['恢复供水', '三 天'], none: ['检修'] });
  });

  it.each([
    ['停水', `('停水')`],
    ['停水|三天', `('停水' & '三天')`],
    ['云|溪|县|停水', `('云' <1> '溪' <1> '县' <1> '停水')`],
    ['"停水|三天"', `('停水' <1> '三天')`],
    ['"停水|，|三天"', `('停水' <2> '三天')`],
    ['停水 -检修|通知', `('停水') & (!('检修' <1> '通知'))`],
  ])('%s becomes %s', (asked, query) => {
    expect(searchQuery(parseSearch(asked), cut)).toBe(query);
  });

  it.each([
    ['停水|三天', `('停水' & '三天')`],
    ['"停水|，|三天"', `('停水' & '三天')`],
    ['云|溪|县|停水', `('云' & '溪' & '县' & '停水')`],
    ['停水 -检修', `('停水') & (!('检修'))`],
    ['停水 -检修|通知', `('停水')`],
  ])('%s is first looked for as %s, which the index can answer alone', (asked, query) => {
    expect(candidateQuery(parseSearch(asked), cut)).toBe(query);
  });

  it.each(['，。', '-停水', '""', '  '])('finds no word to look for in %s', (asked) => {
    expect(searchQuery(parseSearch(asked), cut)).toBeNull();
  });

  it('marks the run as a whole before its words, and no single character', () => {
    expect(searchMarks(parseSearch('停水|三天 云 "无水可用"'), cut)).toEqual(['停水|三天', '无水可用', '停水', '三天', '云']);
  });
});
