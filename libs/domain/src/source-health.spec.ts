import { judgeSource, type SourceFigures, usualPerDay } from './source-health';

const NOW = new Date('2026-02-14T04:00:00Z');
const ago = (hours: number): Date => new Date(NOW.getTime() - hours * 3_600_000);
const healthy: SourceFigures = {
  now: NOW,
  fails: 0,
  fault: null,
  enrolledAt: ago(900),
  lastOkAt: ago(0.1),
  lastItemAt: ago(1),
  emptyRuns: 0,
  certificateEndsAt: null,
  daily: [20, 22, 18, 25, 3, 21],
};
const kinds = (over: Partial<SourceFigures>): string[] => judgeSource({ ...healthy, ...over }).map((f) => f.kind);

describe('usualPerDay', () => {
  it('is the median of the days, and unknown before three of them', () => {
    expect(usualPerDay([5, 100, 6])).toBe(6);
    expect(usualPerDay([4, 100, 6, 5])).toBe(5.5);
    expect(usualPerDay([5, 6])).toBeNull();
  });
});

describe('judgeSource', () => {
  it('finds nothing on a source that works', () => expect(judgeSource(healthy)).toEqual([]));

  it('tells the silence of a source that usually speaks, by its own measure', () => {
    expect(kinds({ lastItemAt: ago(11.9) })).toEqual([]);
    expect(kinds({ lastItemAt: ago(12) })).toEqual(['silent']);
    expect(kinds({ lastItemAt: ago(100), daily: [1, 1, 2] })).toEqual([]);
    expect(kinds({ lastItemAt: ago(145), daily: [1, 1, 2] })).toEqual(['silent']);
    expect(kinds({ lastItemAt: ago(900), daily: [0, 0, 3] })).toEqual([]);
    expect(judgeSource({ ...healthy, lastItemAt: ago(30) })[0]?.sentence).toBe(
      '源静默：平时每天约 21 条，但自 2026年2月13日 06:00 起 30 小时没有新信息；抓取本身正常，请核实对方是否停更或改版。',
    );
  });

  it('tells 200 without entries and a selector that finds nothing, once something had come before', () => {
    expect(kinds({ emptyRuns: 1 })).toEqual([]);
    expect(kinds({ emptyRuns: 2 })).toEqual(['no-items']);
    expect(kinds({ emptyRuns: 9, lastItemAt: null })).toEqual([]);
    const [found] = judgeSource({ ...healthy, fails: 2, fault: { kind: 'no-items', message: '选择器 .x 没有找到任何条目' } });
    expect(found).toMatchObject({ kind: 'no-items', sentence: expect.stringContaining('选择器 .x 没有找到') });
  });

  it('tells lasting failure of what worked before', () => {
    const fault = { kind: 'timeout', message: '超时' };
    expect(kinds({ fails: 2, fault, lastOkAt: ago(5) })).toEqual([]);
    expect(kinds({ fails: 3, fault, lastOkAt: ago(0.5) })).toEqual([]);
    expect(kinds({ fails: 3, fault, lastOkAt: ago(5) })).toEqual(['failing']);
  });

  it('tells what has failed ever since it was added, an hour after that', () => {
    const fault = { kind: 'no-items', message: '选择器 .x 没有找到任何条目' };
    const never = { fails: 5, fault, lastOkAt: null, lastItemAt: null };
    expect(kinds({ ...never, enrolledAt: ago(0.9) })).toEqual([]);
    expect(kinds({ ...never, fails: 2, enrolledAt: ago(5) })).toEqual([]);
    const [found] = judgeSource({ ...healthy, ...never, enrolledAt: ago(5) });
    expect(found).toEqual({
      kind: 'failing',
      since: ago(5),
      sentence: '自 2026年2月14日 07:00 添加或修改以来从未抓取成功，已连续失败 5 次：选择器 .x 没有找到任何条目。请核对地址和选择器，或对方是否限制访问。',
    });
  });

  it('tells a certificate that ends within a fortnight', () => {
    expect(kinds({ certificateEndsAt: ago(-15 * 24) })).toEqual([]);
    expect(kinds({ certificateEndsAt: ago(-13 * 24) })).toEqual(['certificate']);
    expect(judgeSource({ ...healthy, certificateEndsAt: ago(2) })[0]?.sentence).toContain('已于');
  });
});
