import { safeLink } from './link';

describe('a link from a source', () => {
  it('opens only http and https', () => {
    expect(safeLink('https://example.cn/a?b=1')).toBe('https://example.cn/a?b=1');
    expect(safeLink('http://example.cn')).toBe('http://example.cn/');
    for (const url of ['javascript:alert(1)', ' javascript:alert(1)', 'data:text/html,x', 'vbscript:x', '/inner', '', null]) expect(safeLink(url)).toBeNull();
  });
});
