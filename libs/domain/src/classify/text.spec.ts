import { buildFoldTable, originalSpan, prepareText } from './text';

const fold = buildFoldTable((ch) => ({ 災: '灾', 傷: '伤', 車: '车', 禍: '祸' })[ch] ?? ch);

describe('a text made ready', () => {
  it('leaves a plain text as it is', () => expect(prepareText('车祸', '三人受伤。', fold)).toMatchObject({ chars: '车祸\n三人受伤。', offsets: null, titleEnd: 2 }));
  it('folds full-width digits and traditional characters', () => expect(prepareText('車禍致３傷', '', fold).chars).toBe('车祸致3伤\n'));
  it('keeps the way back through markup, entities and control characters', () => {
    const title = '<b>车祸</b>\u0000致\u200b３死';
    const p = prepareText(title, '&nbsp;无', fold);
    const at = p.chars.indexOf('3死');
    const span = originalSpan(p, at, at + 2);
    expect(p.raw.slice(span.start, span.end)).toBe('３死');
    expect(p.chars.slice(0, p.titleEnd)).toBe('车祸致3死');
  });
  it('takes out the spaces of a scanned page and only those', () => {
    expect(prepareText('', '某 地 发 生 车 祸 致 3 死', fold).chars).toBe('\n某地发生车祸致3死');
    expect(prepareText('某地 车祸 三死', '', fold).chars).toBe('某地 车祸 三死\n');
  });
  it('a lone < is no markup', () => expect(prepareText('气温<5度', '', fold).chars).toBe('气温<5度\n'));
  it.each(['', '一', '\ud83d', '😀😀', '<'.repeat(1000), '&'.repeat(1000), '<a'.repeat(500)])('survives %#', (text) => expect(() => prepareText(text, text, fold)).not.toThrow());
});
