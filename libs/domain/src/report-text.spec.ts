import { type ReportTemplate, reportText, unknownFields } from './report-text';
import type { WireCase } from './wire';

const NOW = new Date('2026-11-02T10:30:00+08:00');
const bare = {
  ...{ id: '1', code: 'YQ-20261102-0001', title: '化工厂爆炸', summary: '', caseClass: 'major', grade: null, place: null, region: null },
  ...{ firstPublicAt: null, detectedAt: '2026-11-02T10:00:00+08:00', dead: null, injured: null },
  ...{ units: [], items: [], events: [], clocks: [], evidence: [] },
} as unknown as WireCase;
const template = (...lines: string[]): ReportTemplate => ({ title: '关于“{title}”的报告', lines });
const fill = (c: Partial<WireCase>, ...lines: string[]): string => reportText(template(...lines), { ...bare, ...c }, NOW).text;

describe('the prepared text of 第一时间报告', () => {
  it('fills what is known and leaves out lines of which nothing is', () => {
    const { title, text } = reportText(template('县委：', '死亡：{dead}', '地点：{place}', '报告时间：{now}'), { ...bare, dead: 3 }, NOW);
    expect(title).toBe('关于“化工厂爆炸”的报告');
    expect(text).toBe('县委：\n死亡：3 人\n报告时间：2026年11月2日 10:30');
  });

  it('says 不详 for what is not known in a line that says something', () => {
    expect(fill({}, '{code}，地点{place}')).toBe('YQ-20261102-0001，地点不详');
    expect(fill({}, '{class}{grade}')).toBe('重大问题政务舆情');
    expect(fill({ grade: '较大' }, '{class}{grade}')).toBe('重大问题政务舆情，较大等级');
  });

  it('names the report that gives the figures', () => {
    const item = (title: string, dead: number | null) => ({ title, text: `${dead}人死亡，救援仍在进行`, sourceTitle: '晚报', publishedAt: null, fetchedAt: '2026-11-02T10:05:00+08:00', label: { dead, injured: null } });
    const items = [item('现场', null), item('已致3人死亡', 3), item('1人死亡', 1)] as unknown as WireCase['items'];
    expect(fill({ dead: 3, items }, '{figureSource}')).toContain('晚报《已致3人死亡》');
    expect(fill({ dead: 3, items, summary: '伤亡不明' }, '{summary}')).toBe('3人死亡，救援仍在进行');
    expect(fill({ dead: 5, items, summary: '伤亡不明' }, '{summary}')).toBe('伤亡不明');
    expect(fill({ dead: 5, items }, '{figureSource}')).toBe('值班人员核定');
    expect(fill({ items }, '{figureSource}')).toBe('');
  });

  it('lists the units, their replies and the running terms', () => {
    const unit = (departmentName: string, part: string, reply: string | null, endedAt: string | null = null) => ({ departmentName, part, reply, endedAt });
    const units = [unit('应急局', 'lead', '已扑灭'), unit('公安局', 'supporting', null), unit('城管局', 'lead', '旧', 'x')] as unknown as WireCase['units'];
    const clocks = [
      { title: '发布权威信息', state: 'open', targetAt: '2026-11-02T13:00:00+08:00', dueAt: '2026-11-02T15:00:00+08:00' },
      { title: '签收', state: 'met', targetAt: null, dueAt: '2026-11-02T10:30:00+08:00' },
    ] as unknown as WireCase['clocks'];
    expect(fill({ units, clocks }, '{lead}/{supporting}', '{replies}', '{clocks}')).toBe(
      '应急局/公安局\n\n  1. 应急局（主办）：已扑灭\n\n  1. 发布权威信息，力争 2026年11月2日 13:00，最迟 2026年11月2日 15:00',
    );
  });

  it('knows which names nobody fills', () => {
    expect(unknownFields('{code}，{weather}，{now}')).toEqual(['weather']);
  });
});
