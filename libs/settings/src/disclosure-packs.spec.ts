import { beijingIso, dutyOfPeriod, parseInstant, periodAt, planClock, planTriggered, type Trigger } from '@app/domain';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { calendarOf, loadCalendar } from './calendar.schema';
import type { ConfigFault } from './config-file';
import { loadLadders } from './ladder.schema';
import { projectRoot } from './project-root';
import { loadRulePacks, ruleBookOf } from './rule-pack.schema';

const configDir = join(projectRoot(), 'config');
const faults: ConfigFault[] = [];
const settings = { ladders: loadLadders(configDir, faults), rulePacks: loadRulePacks(configDir, faults), rules: { packs: [] } };
const calendar = calendarOf({ calendar: loadCalendar(configDir, faults) });
const at = (text: string): Date => parseInstant(text) ?? new Date(Number.NaN);
const bookOf = (pack: string) => ruleBookOf(settings, [pack]);
const noticeOf = (name: string): string =>
  readFileSync(join(projectRoot(), 'test', 'notices', `${name}.txt`), 'utf8').replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0));

describe('the promised terms of the five notices (RULES 2)', () => {
  // Start, and the last instant of the term counted by hand with the State Council's notice of 2026.
  it.each<[string, Trigger, string, string, string]>([
    ['disclosure-nangong-2022', 'policy-published', 'interpret-policy', '2026-09-30T10:00:00+08:00', '2026-10-11T00:00:00+08:00'],
    ['disclosure-xunwu-2020', 'policy-published', 'link-interpretation', '2026-09-30T10:00:00+08:00', '2026-10-09T00:00:00+08:00'],
    ['disclosure-nangong-2022', 'superior-document', 'companion-rules', '2026-05-04T10:00:00+08:00', '2026-05-12T00:00:00+08:00'],
    ['disclosure-tancheng-2017', 'programme-published', 'publish-programme', '2026-03-02T10:00:00+08:00', '2026-04-15T00:00:00+08:00'],
    ['disclosure-tancheng-2017', 'congress-closed', 'publish-poverty-funds', '2026-01-15T17:00:00+08:00', '2026-04-17T00:00:00+08:00'],
    ['disclosure-guizhou-2020', 'personnel-changed', 'file-personnel', '2026-02-13T09:00:00+08:00', '2026-02-28T00:00:00+08:00'],
    ['disclosure-national', 'application-received', 'application-reply', '2026-04-28T09:00:00+08:00', '2026-05-29T00:00:00+08:00'],
    ['disclosure-xunwu-2020', 'site-watched', 'weekly-update', '2026-11-26T09:30:00+08:00', '2026-12-03T09:30:00+08:00'],
  ])('%s: %s starts %s', (pack, trigger, duty, from, dueAt) => {
    const plan = planTriggered(bookOf(pack), trigger, at(from), calendar).find((p) => p.duty === duty);
    expect(plan && beijingIso(plan.dueAt)).toBe(dueAt);
    expect(plan?.provisional).toBe(false);
  });

  it.each([
    ['disclosure-xunwu-2020', 'annual-report', '2026-01-10', '2026-02-01T00:00:00+08:00'],
    ['disclosure-jingle-2022', 'inspection-plan', '2026-01-10', '2026-04-01T00:00:00+08:00'],
    ['disclosure-tancheng-2017', 'enrolment', '2026-01-10', '2026-07-01T00:00:00+08:00'],
    ['disclosure-xunwu-2020', 'gazette', '2026-12-26', '2027-01-01T00:00:00+08:00'],
    ['disclosure-tancheng-2017', 'site-inspection', '2026-11-26', '2027-01-01T00:00:00+08:00'],
    ['disclosure-xunwu-2020', 'interpretations', '2026-11-26', '2027-01-01T00:00:00+08:00'],
    ['disclosure-xunwu-2020', 'interpretations-by-head', '2026-11-26', '2027-01-01T00:00:00+08:00'],
    ['disclosure-xunwu-2020', 'report-to-government', '2026-11-26', '2027-01-01T00:00:00+08:00'],
    ['disclosure-nangong-2022', 'hear-report', '2026-11-26', '2027-01-01T00:00:00+08:00'],
    ['disclosure-tancheng-2017', 'hear-report', '2026-11-26', '2027-01-01T00:00:00+08:00'],
    ['disclosure-tancheng-2017', 'supervision', '2026-11-26', '2027-01-01T00:00:00+08:00'],
    ['disclosure-jingle-2022', 'hear-report', '2026-11-26', '2027-01-01T00:00:00+08:00'],
  ])('%s: the calendar starts %s', (pack, id, day, dueAt) => {
    const recurring = bookOf(pack).recurring.find((r) => r.rule.id === id);
    if (!recurring) throw new Error(`no ${id}`);
    const period = periodAt(recurring.rule.per, at(day));
    const plan = planClock(dutyOfPeriod(recurring, period), at(day), calendar);
    expect(beijingIso(plan.dueAt)).toBe(dueAt);
  });

  it('counts six interpretations, three of them by the head', () => {
    const found = bookOf('disclosure-xunwu-2020').recurring.filter((r) => r.rule.times !== undefined);
    expect(found.map(({ rule }) => [rule.id, rule.times, rule.byHead ?? false])).toEqual([
      ['interpretations', 6, false],
      ['interpretations-by-head', 3, true],
    ]);
  });

  it.each([
    ['disclosure-nangong-2022', 'nangong-2022'],
    ['disclosure-xunwu-2020', 'xunwu-2020'],
    ['disclosure-tancheng-2017', 'tancheng-2017'],
    ['disclosure-jingle-2022', 'jingle-2022'],
    ['disclosure-guizhou-2020', 'guizhou-2020'],
  ])('%s quotes its notice to the letter', (pack, notice) => {
    const { duties, recurring = [] } = settings.rulePacks?.[pack] ?? { duties: [] };
    const text = noticeOf(notice);
    for (const rule of [...duties, ...recurring]) expect(text).toContain(rule.quote);
  });
});
