import { readRule, withLabel } from './wording';

it.each([
  ['relevant', '属于政务舆情'],
  ['topic:公用事业', '领域：公用事业'],
  ['grade:deaths:较大', '分级：较大'],
  ['dead', '死亡、失踪人数'],
  ['M6', 'M6 谣言或误读'],
  ['人工改判', '人工改判'],
])('the rule %s reads %s', (rule, words) => expect(readRule(rule)).toBe(words));

it('names a field as its form does', () => {
  expect(withLabel('reason：至少 2 个字', 'reason', '办理结果')).toBe('办理结果：至少 2 个字');
  expect(withLabel('必须写明理由', 'reason', '理由')).toBe('必须写明理由');
  expect(withLabel('reason：至少 2 个字', null, '理由')).toBe('reason：至少 2 个字');
});
