import { beijingIso, planDuties, planOpened, type CaseClass } from '@app/domain';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { calendarOf, loadCalendar } from './calendar.schema';
import type { ConfigFault } from './config-file';
import { writeConfig } from './config-fixture';
import { loadLadders } from './ladder.schema';
import { projectRoot } from './project-root';
import { loadRulePacks, ruleBookOf } from './rule-pack.schema';
import { checkReferences } from './rule-reference';

const own = join(projectRoot(), 'config');

function load(configDir: string, packs: string[]) {
  const faults: ConfigFault[] = [];
  const settings = {
    configDir,
    ladders: loadLadders(configDir, faults),
    rulePacks: loadRulePacks(configDir, faults),
    rules: { packs },
  };
  checkReferences(configDir, faults);
  return { settings, faults, keys: faults.map((f) => f.key) };
}

const LADDER = `id: plain
title: 阶梯
rungs:
  - { id: due, offsetMinutes: 0, audience: [duty_officer], severity: warning }
`;

const DUTY = `
  - id: settle
    title: 办结
    appliesTo: [ordinary]
    limit: { unit: natural_days, amount: 3 }
    anchor: detected
    metBy: [settlement]
    ladder: plain
    document: 文件
    number: ''
    article: ''
    quote: 3日内办结
    legalEffect: notice`;

const pack = (duties: string, head = '') => `id: mine\ntitle: 规定\nversion: '1'\n${head}duties:${duties}\n`;

describe('the rule packs in config/rules', () => {
  const { settings, faults } = load(own, ['national', 'xunwu-2020']);

  it('are free of faults', () => expect(faults).toEqual([]));

  it.each([
    ['national', ['sign-for', 'sign-for', 'release', 'press-conference', 'follow-up-release', 'respond-other', 'feed-back', 'feed-back']],
    ['tancheng-2017', ['sign-for', 'sign-for', 'follow-up-release', 'respond-other', 'feed-back', 'feed-back', 'release', 'press-conference']],
    [
      'xunwu-2020',
      [
        'sign-for',
        'sign-for',
        'respond-other',
        'report-up',
        'settle-ordinary',
        'settle-major',
        'finish-plan',
        'release',
        'press-conference',
        'follow-up-release',
        'feed-back',
        'feed-back',
        'feed-back',
        'feed-back',
      ],
    ],
  ])('%s brings its own duties and those of the pack below', (id, duties) => {
    expect(ruleBookOf(settings, [id]).duties.map((d) => d.rule.id)).toEqual(duties);
  });

  it('the same book comes from naming the lower pack or not', () => {
    expect(ruleBookOf(settings, ['xunwu-2020']).duties).toEqual(ruleBookOf(settings).duties);
  });

  it('carry a quote, and a document, for every duty', () => {
    for (const { rule } of ruleBookOf(settings).duties) {
      expect(rule.quote).not.toBe('');
      expect(rule.document).not.toBe('');
      if (rule.legalEffect !== 'local') expect(rule.document).not.toContain('本地');
    }
  });

  it('have a template that is itself a valid pack', () => {
    const template = readFileSync(join(own, 'rules/template.yaml.example'), 'utf8');
    const dir = writeConfig({
      'rules/my-county.yaml': template,
      'rules/national.yaml': readFileSync(join(own, 'rules/national.yaml'), 'utf8'),
      ...Object.fromEntries(
        ['ordinary', 'emergency', 'conference', 'sign-for', 'follow-up'].map((l) => [
          `ladders/${l}.yaml`,
          readFileSync(join(own, `ladders/${l}.yaml`), 'utf8'),
        ]),
      ),
    });
    const loaded = load(dir, ['my-county']);
    expect(loaded.faults).toEqual([]);
    expect(ruleBookOf(loaded.settings).duties.map((d) => d.rule.id)).not.toContain('respond-other');
  });
});

describe('the duties of RULES.md section 1', () => {
  const { settings } = load(own, ['xunwu-2020']);
  const calendar = calendarOf({ calendar: loadCalendar(own, []) });
  const anchors = { detected: new Date('2026-09-30T10:00:00+08:00'), assigned: new Date('2026-09-30T10:30:00+08:00') };
  const started = (pack: string, caseClass: CaseClass, transferred = false) =>
    planDuties(ruleBookOf(settings, [pack]), caseClass, anchors, calendar, {
      circumstances: transferred ? ['transferred'] : [],
    }).map(
      (p) =>
        `${p.duty} ${beijingIso(p.dueAt).slice(5, 16)}${p.targetAt ? ` 力争${beijingIso(p.targetAt).slice(5, 16)}` : ''}`,
    );

  it('寻乌: an ordinary case is answered in 48 hours and settled in 3 days, on feast days too', () => {
    expect(started('xunwu-2020', 'ordinary')).toEqual([
      'sign-for 09-30T11:00',
      'respond-other 10-02T10:00',
      'settle-ordinary 10-04T00:00',
    ]);
  });

  it('寻乌: a major case is reported up, answered, and settled or planned in 5 days', () => {
    expect(started('xunwu-2020', 'major', true)).toEqual([
      'sign-for 09-30T11:00',
      'respond-other 10-02T10:00',
      'report-up 09-30T10:30',
      'settle-major 10-06T00:00',
      'feed-back 10-06T00:00',
    ]);
  });

  it('寻乌: an emergency has target and limit in one duty, and a press conference', () => {
    expect(started('xunwu-2020', 'emergency')).toEqual([
      'sign-for 09-30T10:40',
      'report-up 09-30T10:30',
      'settle-major 10-06T00:00',
      'release 09-30T15:00 力争09-30T13:00',
      'press-conference 10-01T10:00',
    ]);
  });

  it('郯城 and the national notices: 5 hours and 24 hours, else 48', () => {
    for (const pack of ['tancheng-2017', 'national']) {
      expect(started(pack, 'emergency').slice(1)).toEqual(['release 09-30T15:00', 'press-conference 10-01T10:00']);
      expect(started(pack, 'major').slice(1)).toEqual(['respond-other 10-02T10:00']);
    }
  });

  it('a release opens the next follow-up, a plan the duty to finish it', () => {
    const book = ruleBookOf(settings, ['xunwu-2020']);
    const opened = (id: string, kind: 'release' | 'plan') => {
      const met = book.duties.find((d) => d.rule.id === id)?.rule;
      if (!met) throw new Error(id);
      const evidence = { kind, happenedAt: new Date('2026-09-30T12:00:00+08:00') };
      return planOpened(book, 'emergency', met, evidence, calendar).map(
        (p) => `${p.duty} ${beijingIso(p.dueAt).slice(5, 16)}`,
      );
    };
    expect(opened('release', 'release')).toEqual(['follow-up-release 10-01T12:00']);
    expect(opened('follow-up-release', 'release')).toEqual(['follow-up-release 10-01T12:00']);
    expect(opened('settle-major', 'plan')).toEqual(['finish-plan 10-31T00:00']);
  });

  it('the numbers that no document gives are marked as the place’s own', () => {
    const local = ruleBookOf(settings, ['xunwu-2020'])
      .duties.filter((d) => d.rule.legalEffect === 'local')
      .map((d) => d.rule.id);
    expect([...new Set(local)]).toEqual(['sign-for', 'report-up', 'finish-plan', 'follow-up-release', 'feed-back']);
  });
});

describe('a bad rule pack', () => {
  const files = (packText: string, ladder = LADDER) => ({ 'rules/mine.yaml': packText, 'ladders/plain.yaml': ladder });
  const keysOf = (packText: string, ladder?: string) => load(writeConfig(files(packText, ladder)), ['mine']).keys;

  it('is accepted when it is good', () => expect(keysOf(pack(DUTY))).toEqual([]));

  it.each([
    ['no amount', DUTY.replace(', amount: 3', ''), 'duties.0.limit.amount'],
    ['days in parts', DUTY.replace('amount: 3', 'amount: 2.5'), 'duties.0.limit.amount'],
    ['an unknown unit', DUTY.replace('natural_days', 'weeks'), 'duties.0.limit.unit'],
    ['roll of hours', DUTY.replace('natural_days, amount: 3', 'hours, amount: 3, roll: true'), 'duties.0.limit.roll'],
    ['an unknown anchor', DUTY.replace('detected', 'noticed'), 'duties.0.anchor'],
    ['evidence nobody knows', DUTY.replace('[settlement]', '[wish]'), 'duties.0.metBy.0'],
    ['a class nobody knows', DUTY.replace('[ordinary]', '[huge]'), 'duties.0.appliesTo.0'],
    ['no quote', DUTY.replace('quote: 3日内办结', "quote: ''"), 'duties.0.quote'],
    ['a ladder that does not exist', DUTY.replace('ladder: plain', 'ladder: tall'), 'settle.ladder'],
    ['a target behind its limit', `${DUTY}\n    target: { unit: natural_days, amount: 3 }`, 'duties.0.target'],
    ['an extension in another unit', `${DUTY}\n    extension: { unit: hours, amount: 3 }`, 'duties.0.extension.unit'],
    ['a duty opened by what cannot meet it', `${DUTY}\n    opens: [{ by: plan, duty: settle }]`, 'duties.0.opens.0.by'],
    [
      'a duty opened that does not exist',
      `${DUTY}\n    opens: [{ by: settlement, duty: other }]`,
      'settle.opens/supersedes',
    ],
    ['a key nobody knows', `${DUTY}\n    colour: red`, 'duties.0.colour'],
    ['an id twice for one class', DUTY + DUTY, 'duties.1.id'],
  ])('with %s is refused at its key', (_, duties, key) => expect(keysOf(pack(duties))).toContain(key));

  it('that extends nothing known, or itself, is refused', () => {
    expect(keysOf(pack(DUTY, 'extends: other\n'))).toEqual(['extends']);
    expect(keysOf(pack(DUTY, 'extends: mine\n'))).toEqual(['extends']);
  });

  it('and a bad ladder are reported together, each at its file and line', () => {
    const ladder = LADDER.replace('audience: [duty_officer]', 'audience: [king]').replace(
      'offsetMinutes: 0',
      'share: 7',
    );
    const { faults } = load(writeConfig(files(pack(DUTY.replace('amount: 3', 'amount: -1')), ladder)), ['mine']);
    expect(faults.map((f) => `${f.file.split('/').slice(-2).join('/')} ${f.key}`)).toEqual(
      expect.arrayContaining([
        'ladders/plain.yaml rungs.0.audience.0',
        'ladders/plain.yaml rungs.0.share',
        'rules/mine.yaml duties.0.limit.amount',
      ]),
    );
    expect(faults.every((f) => f.line !== null && f.allowed !== '')).toBe(true);
  });

  it('named in force but not there is refused', () => {
    const written = { ...files(pack(DUTY)), 'huiying.yaml': 'rules: { packs: [mine, other] }' };
    expect(load(writeConfig(written), ['mine', 'other']).keys).toEqual(['rules.packs.1']);
  });

  it('one duty may have a term for each circumstance, but not two for one', () => {
    const of = (when: string) => DUTY.replace('appliesTo: [ordinary]', `appliesTo: [ordinary]\n    when: ${when}`);
    const faultsOf = (duties: string) => keysOf(pack(duties));
    expect(faultsOf(of('transferred') + of('handed-over'))).toEqual([]);
    expect(faultsOf(of('transferred') + of('transferred'))).toHaveLength(1);
    expect(faultsOf(of('transferred') + DUTY)).toHaveLength(1);
  });
});
