import { readAuditData, readAuditObject } from './audit-words';

const nameOf = (id: string): string => (id === 'yingji' ? '县应急管理局' : '');

describe('a record of the audit in words', () => {
  it.each([
    ['case:12', '事件 12'],
    ['source:small-board', '来源 small-board'],
    ['hotline-12345', 'hotline-12345'],
    ['other:1', 'other:1'],
    ['', ''],
  ])('names the object %s %s', (object, words) => expect(readAuditObject(object)).toBe(words));

  it('says codes, instants and units in words, and leaves out what is empty', () => {
    const data = {
      note: '',
      trigger: 'policy-published',
      triggeredAt: '2026-11-25T23:03:16.187Z',
      departmentId: 'yingji',
      supporting: [],
      region: null,
    };
    expect(readAuditData('matter.start', data, nameOf)).toBe(
      '事项类型：政策文件解读；起算时间：2026年11月26日 07:03:16；部门：县应急管理局',
    );
    expect(readAuditData('user.add', { role: 'duty_officer', username: 'lin' }, nameOf)).toBe(
      '角色：值班员；用户名：lin',
    );
  });

  it('keeps a key that nobody has named', () => {
    expect(readAuditData('x.y', { strange: [1, 'a'] }, nameOf)).toBe('strange：1、a');
  });

  it('tells what changed of a config, not the marks of every file', () => {
    expect(readAuditData('config.change', { files: { 'a.yaml': '1' }, reason: '启动' }, nameOf)).toBe('理由：启动');
  });
});
