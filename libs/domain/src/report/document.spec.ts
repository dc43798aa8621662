import { fillTemplate, templateValues } from './accountability';
import { minutesText, shareText } from './document';
import { at } from '../clock-fixture';

it('a share of few is given as a count only, of many as a percentage with its count', () => {
  expect([shareText(3, 4), shareText(0, 0), shareText(18, 20)]).toEqual(['3/4项', '无应判时限', '90.0%（18/20项）']);
});

it('durations are read in days, hours and minutes', () => {
  expect([0, 59, 60, 135, 1440, 4000, null].map(minutesText)).toEqual(['0分', '59分', '1小时', '2小时15分', '1天', '2天18小时', '—']);
});

it('a draft says who is late with what, by which words; an unknown place holder stays for a person to see', () => {
  const breach = { clockId: '1', caseId: '1', caseCode: 'YQ-1', caseTitle: '停水', duty: 'settle', title: '办结', departmentId: 'a', departmentName: '水利局', dueAt: at('03-06 00:00'), metAt: null, document: '通知', number: '1号', article: '四（二）', quote: '3日内办结' };
  const values = templateValues(breach, '某县', at('03-07 02:00'));
  expect(fillTemplate('{单位}：{时限}应于{最迟时刻}前，{完成情况}，{依据}“{原文}”{别的}', values)).toBe(
    '水利局：办结应于2026年3月5日 24:00前，至2026年3月7日 02:00仍未完成，已超期1天2小时，《通知》（1号）四（二）“3日内办结”{别的}',
  );
  expect(templateValues({ ...breach, metAt: at('03-06 01:00') }, '某县', at('03-07 02:00'))['完成情况']).toBe('于2026年3月6日 01:00完成，逾期1小时');
});
