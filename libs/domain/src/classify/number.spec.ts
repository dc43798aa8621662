import { NUMBER, parseNumber } from './number';

describe('numbers as Chinese news writes them', () => {
  it.each([
    ['3', 3], ['12,345', 12345], ['1.5万', 15000], ['30', 30], ['三', 3], ['两', 2], ['十', 10], ['十二', 12], ['二十', 20], ['一百零五', 105],
    ['三千二百', 3200], ['五万', 50000], ['一百二', 120], ['二〇二四', 2024], ['3亿', 300000000], ['俩', 2],
  ])('%s is %d', (text, value) => expect(parseNumber(text)).toBe(value));

  it.each([['十几', 11], ['数十', 20], ['上百', 100], ['数百', 200], ['上千', 1000]])('the vague %s counts as %d', (text, value) => expect(parseNumber(text)).toBe(value));

  it.each(['', '人', '万', 'abc'])('%j is no number, or none below ten thousand', (text) => {
    const value = parseNumber(text);
    expect(value === null || value >= 10000).toBe(true);
  });

  it('matches the whole number inside a sentence', () => {
    expect(new RegExp(NUMBER).exec('造成1,234人受灾')?.[0]).toBe('1,234');
    expect(new RegExp(NUMBER).exec('数十人受伤')?.[0]).toBe('数十');
  });
});
