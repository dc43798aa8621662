import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LedgerTask, TaskTerm } from './ledger';
import { LEDGER_MAX, readLedger } from './read-ledger';

const NOTICES = join(__dirname, '..', '..', '..', '..', 'test', 'notices');
const noticeOf = (name: string): string => readFileSync(join(NOTICES, `${name}.txt`), 'utf8');
const PARTS = { lead: '牵头', responsible: '责任', supporting: '配合' } as const;

function termText(term: TaskTerm): string {
  switch (term.kind) {
    case 'until':
    case 'from':
      return `${term.kind} ${term.date}`;
    case 'ongoing':
      return 'ongoing';
    case 'recurring':
      return `every ${term.per}${term.by === null ? '' : typeof term.by === 'string' ? ` ${term.by}` : ` ${term.by.month}-${term.by.day}`}`;
    case 'within':
      return `within ${term.amount} ${term.unit}${term.trigger === '' ? '' : ` of ${term.trigger}`}`;
    case 'count':
      return `at least ${term.atLeast} in ${term.year ?? 'each year'}`;
  }
}

/** One line a task, as the tables beside the notices were written and checked by hand. */
function lineOf(task: LedgerTask): string {
  const terms = task.terms.map((t) => `${t === task.main ? '*' : ''}${termText(t)}`).join('; ');
  const units = task.units.map((u) => `${PARTS[u.part]}${u.from === 'text' ? '?' : ''} ${u.name}`).join(', ');
  return `${task.number} ${task.title.slice(0, 12)} | ${terms} | ${units}`;
}

describe('reading the tasks of a notice', () => {
  it.each([
    ['nangong-2022', 23, '南宫市2022年政务公开工作要点', 2022, '2022-02-14'],
    ['xunwu-2020', 22, '寻乌县政府办关于规范全县政务公开相关工作的通知', 2020, '2020-02-28'],
    ['tancheng-2017', 36, '2017年政务公开工作要点', 2017, '2017-07-13'],
    ['jingle-2022', 30, '静乐县2022年政务公开工作实施方案', 2022, null],
    ['guizhou-2020', 36, '', 2020, null],
  ])('reads every task, term and unit of %s', (name, count, title, year, issuedOn) => {
    const ledger = readLedger(noticeOf(name));
    const expected = readFileSync(join(NOTICES, `${name}.tasks.txt`), 'utf8').trimEnd().split('\n');
    expect(ledger.tasks.map(lineOf)).toEqual(expected);
    expect(ledger).toMatchObject({ title, year, issuedOn, doubts: [] });
    expect(ledger.tasks).toHaveLength(count);
  });

  it('points each term at its own words', () => {
    for (const { text, terms } of readLedger(noticeOf('nangong-2022')).tasks) {
      for (const term of terms) expect(text.slice(term.start, term.end)).toBe(term.text);
    }
  });

  it('reads full-width signs as it reads ASCII ones', () => {
    const one = readLedger('一、甲\n(一)修路。修好东街。(责任时限:2023年6月30日前,牵头单位:县住建局,责任单位:各乡镇)');
    const other = readLedger('一、甲\n（一）修路。修好东街。（责任时限：２０２３年６月３０日前，牵头单位：县住建局，责任单位：各乡镇）');
    expect(other.tasks).toEqual(one.tasks);
    expect(one.tasks[0]?.main).toMatchObject({ kind: 'until', date: '2023-06-30' });
  });

  it.each([
    ['(责任时限:长期,责任单位:县教育局)', [{ name: '县教育局', part: 'responsible' }]],
    ['(甲局牵头,乙局、丙局配合)', [{ name: '甲局', part: 'lead' }, { name: '乙局', part: 'supporting' }, { name: '丙局', part: 'supporting' }]],
    ['(甲局、乙局按职责分工负责)', [{ name: '甲局', part: 'responsible' }, { name: '乙局', part: 'responsible' }]],
    ['(各乡镇、街道、社区负责落实)', [{ name: '各乡镇' }, { name: '各街道' }, { name: '各社区' }]],
    ['(牵头部门:甲局;配合部门:乙局等有关单位)', [{ name: '甲局', part: 'lead' }, { name: '乙局', part: 'supporting' }, { name: '有关单位', part: 'supporting' }]],
  ])('reads the units of %s', (bracket, units) => {
    expect(readLedger(`1.做一件事。${bracket}\n2.做另一件。${bracket}`).tasks[0]?.units).toMatchObject(units);
  });

  it('takes no remark in brackets for a list of units', () => {
    const [task] = readLedger('1.推进决策、执行、管理、服务、结果公开(以下统称“五公开”)').tasks;
    expect(task).toMatchObject({ units: [], doubts: ['未写明责任单位'] });
  });

  it('reads no date without a year, and says so', () => {
    const ledger = readLedger('一、甲\n(一)修路。6月30日前修好。(责任单位:县住建局)');
    expect(ledger.tasks[0]).toMatchObject({ terms: [], doubts: ['日期没有年份，未读取'] });
    expect(ledger.doubts).toEqual(['未读出文件所属年份，没有年份的日期未读取']);
  });

  it('reads no day that does not exist', () => {
    const ledger = readLedger('2023年要点\n一、甲\n(一)修路。2023年2月30日前修好。(责任时限:2023年13月1日前,责任单位:县住建局)');
    expect(ledger.tasks[0]).toMatchObject({ terms: [], main: null, doubts: ['责任时限“2023年13月1日前”未读出'] });
  });

  it.each(['', '没有编号的一段话。', '\u0000\u0001', '(((((', '、'.repeat(1000)])('reads no task out of %j', (text) => {
    const ledger = readLedger(text);
    expect(ledger.tasks).toEqual([]);
    expect(ledger.doubts).toContain('未读出任务：应有“一、”“（一）”“1.”等编号');
  });

  it('stops at the longest document and says so', () => {
    const ledger = readLedger(`2023年要点\n${'1.做事。(责任单位:甲局)\n'.repeat(LEDGER_MAX / 10)}`);
    expect(ledger.doubts).toContain(`文件超过 ${LEDGER_MAX} 字，之后的内容未读取`);
  });
});
