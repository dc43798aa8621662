import { proposeDepartments, type DepartmentTable } from './department';

const table: DepartmentTable = {
  region: '甲县',
  fallback: 'letters',
  departments: [
    { id: 'market', name: '市场监管局', leads: ['食品药品'], supports: ['市场消费'], duties: ['食堂', '退款'] },
    { id: 'school', name: '教育局', leads: ['教育'], supports: ['食品药品'], duties: ['幼儿园', '老师'] },
    { id: 'letters', name: '信访局', leads: ['其他'], supports: [], duties: ['上访'] },
  ],
};
const label = (topic: '食品药品' | '教育' | '金融') => ({ topic, rules: [] as string[] });

describe('the proposal of departments', () => {
  it('the topic leads, words of the text support, both with reasons', () => {
    const got = proposeDepartments(table, { title: '幼儿园食堂用变质菜', text: '老师不管。', label: label('食品药品') });
    expect(got.map((p) => [p.departmentId, p.role])).toEqual([['market', 'lead'], ['school', 'support']]);
    const duty = got[1]!.reasons.find((r) => r.text === '老师')!;
    expect('幼儿园食堂用变质菜\n老师不管。'.slice(duty.start, duty.end)).toBe('老师');
  });
  it('a topic alone does not make a supporter', () => expect(proposeDepartments(table, { title: '汤里有虫', text: '', label: label('食品药品') })).toHaveLength(1));
  it('what points to nobody goes to the fallback', () => expect(proposeDepartments(table, { title: '啊', text: '', label: label('金融') })[0]).toMatchObject({ departmentId: 'letters', role: 'lead' }));
});
