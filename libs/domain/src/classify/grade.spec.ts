import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { gradeByRow, gradeRank, officialGrade, rowOfKind, type GradeFacts } from './grade';
import type { GradeRow } from './tables';

const { rows } = parse(readFileSync(join(__dirname, '../../../../config/grades/grades.yaml'), 'utf8')) as { rows: GradeRow[] };
const row = (id: string): GradeRow => rows.find((r) => r.id === id)!;
const facts = (values: Record<string, number>): GradeFacts =>
  Object.fromEntries(Object.entries(values).map(([k, value]) => [k, { value, start: 0, end: 1 }]));
const grade = (id: string, values: Record<string, number>): string | null => gradeByRow(row(id), facts({ harm: 1, ...values })).grade;

describe('the grade tables, at their boundaries (以上 included, 以下 not)', () => {
  it.each([
    ['production', { dead: 30 }, '特别重大'], ['production', { dead: 29 }, '重大'], ['production', { dead: 10 }, '重大'], ['production', { dead: 9 }, '较大'],
    ['production', { dead: 3 }, '较大'], ['production', { dead: 2 }, '一般'], ['production', { seriouslyInjured: 100 }, '特别重大'],
    ['production', { seriouslyInjured: 50 }, '重大'], ['production', { seriouslyInjured: 49 }, '较大'], ['production', { seriouslyInjured: 10 }, '较大'],
    ['production', { seriouslyInjured: 9 }, '一般'], ['production', { loss: 100_000_000 }, '特别重大'], ['production', { loss: 99_999_999 }, '重大'],
    ['production', { loss: 10_000_000 }, '较大'], ['production', { loss: 9_999_999 }, '一般'], ['production', { dead: 2, seriouslyInjured: 50 }, '重大'],
    ['earthquake', { dead: 300 }, '特别重大'], ['earthquake', { dead: 299 }, '重大'], ['earthquake', { dead: 50 }, '重大'], ['earthquake', { dead: 49 }, '较大'],
    ['earthquake', { dead: 9 }, '一般'], ['earthquake', { magnitude: 7 }, '特别重大'], ['earthquake', { magnitude: 6.9 }, '重大'], ['earthquake', { magnitude: 5 }, '较大'],
    ['earthquake', { magnitude: 4.9 }, '一般'], ['geological', { loss: 10_000_000 }, '特别重大'], ['geological', { loss: 1_000_000 }, '较大'], ['geological', { dead: 3 }, '较大'],
    ['natural', { dead: 10 }, '重大'], ['natural', { dead: 2 }, '一般'],
    ['environment', { evacuated: 50_000 }, '特别重大'], ['environment', { evacuated: 49_999 }, '重大'], ['environment', { evacuated: 5000 }, '较大'],
    ['environment', { intake: 3 }, '特别重大'], ['environment', { intake: 2 }, '重大'], ['environment', { intake: 1 }, '较大'],
    ['food', { harmed: 100, dead: 1 }, '重大'], ['food', { harmed: 100 }, '较大'], ['food', { harmed: 99 }, '一般'], ['food', { dead: 1 }, '较大'], ['food', { dead: 10 }, '重大'],
    ['mass', { gathered: 5000 }, '特别重大'], ['mass', { gathered: 1000 }, '重大'], ['mass', { gathered: 100 }, '较大'], ['mass', { gathered: 99 }, '一般'], ['mass', { officeAttacked: 1 }, '特别重大'],
    ['violence', { dead: 30 }, '特别重大'], ['violence', { dead: 3 }, '较大'],
  ])('%s %j: %s', (id, values, wanted) => expect(grade(id, values)).toBe(wanted));

  it('no harm and no deciding fact give no grade', () => expect(gradeByRow(row('natural'), {}).grade).toBeNull());
  it('the highest step that any fact reaches wins', () => expect(gradeRank(grade('production', { dead: 1, loss: 60_000_000 }) as never)).toBe(2));
  it('a kind belongs to its row, within the category', () => {
    expect(rowOfKind(rows, 'quake', '自然灾害')?.id).toBe('earthquake');
    expect(rowOfKind(rows, 'quake', '事故灾难')?.id).toBe('production');
  });
});

describe('an official grade', () => {
  it.each([
    ['某县“3·1”较大爆炸事故调查报告', null, '较大'],
    ['某高速特别重大道路交通事故原因查明', null, '特别重大'],
    ['某市重大火灾事故9人获刑', null, '重大'],
    ['某县“5·6”重大道路交通事故', null, '重大'],
  ])('%s: %s is taken', (text, dead, wanted) => expect(officialGrade(text, dead)?.grade).toBe(wanted));

  it.each(['10人涉嫌重大责任事故罪被批捕', '坚决遏制重大安全事故发生', '举报重大事故隐患获奖', '处置得当，避免了一次重大火灾事故', '发生一起重大车祸'])('%s is none', (text) =>
    expect(officialGrade(text, null)).toBeNull(),
  );
});
