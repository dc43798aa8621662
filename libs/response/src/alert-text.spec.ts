import { rungBody, rungSummary, rungTitle, spanText } from './alert-text';

const SUBJECT = {
  caseCode: 'YQ-20261102-0001',
  caseTitle: '化工厂爆炸',
  title: '5小时内发布权威信息',
  targetAt: new Date('2026-11-02T12:00:00+08:00'),
  dueAt: new Date('2026-11-02T14:00:00+08:00'),
};
const at = (iso: string): Date => new Date(`2026-11-02T${iso}:00+08:00`);

describe('the text of an alert', () => {
  it('says which limit is near and how far it is', () => {
    const rung = { kind: 'warn', of: 'limit', rung: 'warn', rungAt: at('13:30') } as const;
    expect(rungTitle(rung, SUBJECT)).toBe('【即将到期】5小时内发布权威信息：化工厂爆炸');
    expect(rungBody(rung, SUBJECT)).toBe(
      '事件 YQ-20261102-0001，5小时内发布权威信息：力争 2026年11月2日 12:00，最迟 2026年11月2日 14:00，距届满还有30分钟。',
    );
  });

  it('keeps target and limit apart', () => {
    const rung = { kind: 'breach', of: 'target', rung: 'target', rungAt: at('12:00') } as const;
    expect(rungTitle(rung, SUBJECT)).toContain('【力争时限已过】');
    expect(rungBody(rung, SUBJECT)).toContain('已届满');
    expect(rungSummary(rung, SUBJECT)).toBe('力争时限已过：5小时内发布权威信息（力争 11月2日 12:00）');
  });

  it('says how long it has been overdue', () => {
    const rung = { kind: 'repeat', of: 'limit', rung: 'hourly#2', rungAt: at('17:00') } as const;
    expect(rungTitle(rung, SUBJECT)).toContain('【仍未回应】');
    expect(rungBody(rung, SUBJECT)).toContain('已逾期3小时');
    expect(rungSummary({ ...rung, kind: 'breach' }, SUBJECT)).toContain('逾期：');
  });
});

it.each([
  [0, '不到1分钟'],
  [59, '59分钟'],
  [60, '1小时'],
  [150, '2小时30分钟'],
  [1440, '1天'],
  [4565, '3天4小时'],
])('a span of %i minutes is %s', (minutes, text) => expect(spanText(minutes)).toBe(text));
