import fc from 'fast-check';
import type { Clock } from './clock';
import { applyEvidence, isLateDetection, meetByEarlier, planClassChange, shortestTermMs } from './clock-change';
import { at, CALENDAR, clockOf, LADDER, ruleOf } from './clock-fixture';
import { layerPacks, overdueAtBirth, planDuties, planOpened, type ClockPlan, type RuleBook } from './rule-pack';
import type { DutyRule, RulePack } from './rule';

const DUTIES: DutyRule[] = [
  ruleOf({
    id: 'sign-for',
    appliesTo: ['ordinary', 'major'],
    limit: { unit: 'hours', amount: 0.5 },
    anchor: 'assigned',
    metBy: ['receipt'],
    legalEffect: 'local',
  }),
  ruleOf({
    id: 'sign-for',
    appliesTo: ['emergency'],
    limit: { unit: 'hours', amount: 0.2 },
    anchor: 'assigned',
    metBy: ['receipt'],
    legalEffect: 'local',
  }),
  ruleOf({
    id: 'respond-other',
    appliesTo: ['ordinary', 'major'],
    limit: { unit: 'hours', amount: 48 },
    metBy: ['release', 'settlement'],
  }),
  ruleOf({
    id: 'settle-ordinary',
    appliesTo: ['ordinary'],
    limit: { unit: 'natural_days', amount: 3 },
    metBy: ['settlement'],
  }),
  ruleOf({
    id: 'settle-major',
    appliesTo: ['major', 'emergency'],
    limit: { unit: 'natural_days', amount: 5 },
    metBy: ['settlement', 'plan'],
    opens: [{ by: 'plan', duty: 'finish-plan' }],
    supersedes: ['settle-ordinary'],
  }),
  ruleOf({
    id: 'finish-plan',
    appliesTo: ['major', 'emergency'],
    limit: { unit: 'natural_days', amount: 30 },
    anchor: 'planned',
    metBy: ['settlement'],
  }),
  ruleOf({ id: 'release', opens: [{ by: 'release', duty: 'follow-up' }], supersedes: ['respond-other'] }),
  ruleOf({
    id: 'follow-up',
    limit: { unit: 'every', amount: 24 },
    anchor: 'last_release',
    opens: [{ by: 'release', duty: 'follow-up' }],
  }),
  ruleOf({
    id: 'feed-back',
    appliesTo: ['ordinary'],
    when: 'transferred',
    limit: { unit: 'natural_days', amount: 3 },
    metBy: ['feedback'],
  }),
];
const pack = (id: string, duties: DutyRule[], more: Partial<RulePack> = {}): RulePack => ({
  id,
  title: id,
  version: '1',
  duties,
  ...more,
});
const bookOf = (...packs: RulePack[]): RuleBook => layerPacks(packs, { plain: LADDER }).book;
const BOOK = bookOf(pack('local', DUTIES));
const ANCHORS = { detected: at('03-10 09:00') };
const names = (plans: ClockPlan[]) => plans.map((p) => p.duty);

let lastId = 0;
const started = (plans: ClockPlan[]): Clock[] => plans.map((p) => ({ ...clockOf(), ...p, id: String(++lastId) }));

describe('the duties that a case starts', () => {
  it('are those of its class whose anchor is known', () => {
    expect(names(planDuties(BOOK, 'ordinary', ANCHORS, CALENDAR))).toEqual(['respond-other', 'settle-ordinary']);
    expect(names(planDuties(BOOK, 'major', ANCHORS, CALENDAR))).toEqual(['respond-other', 'settle-major']);
    expect(names(planDuties(BOOK, 'emergency', ANCHORS, CALENDAR))).toEqual(['settle-major', 'release']);
  });

  it('grow when a further anchor becomes known, without starting any twice', () => {
    const have = ['respond-other', 'settle-ordinary'];
    const plans = planDuties(BOOK, 'ordinary', { ...ANCHORS, assigned: at('03-10 10:00') }, CALENDAR, { have });
    expect(plans.map((p) => [p.duty, p.anchorAt, p.dueAt])).toEqual([
      ['sign-for', at('03-10 10:00'), at('03-10 10:30')],
    ]);
  });

  it('take in what a circumstance asks for', () => {
    const plans = planDuties(BOOK, 'ordinary', ANCHORS, CALENDAR, { circumstances: ['transferred'] });
    expect(names(plans)).toContain('feed-back');
  });

  it('freeze rule, ladder and a version that changes with every edit', () => {
    const edited = DUTIES.map((d) => (d.id === 'release' ? { ...d, limit: { unit: 'hours' as const, amount: 4 } } : d));
    const version = (book: RuleBook) => planDuties(book, 'emergency', ANCHORS, CALENDAR).at(-1)?.ruleVersion;
    expect(version(BOOK)).toMatch(/^local@1#[0-9a-f]{12}$/);
    expect(version(bookOf(pack('local', edited)))).not.toBe(version(BOOK));
    expect(version(bookOf(pack('local', DUTIES)))).toBe(version(BOOK));
  });

  it('opened by evidence start at its own time', () => {
    const settle = DUTIES.find((d) => d.id === 'settle-major') ?? ruleOf();
    const plan = { kind: 'plan' as const, happenedAt: at('03-12 15:00') };
    expect(planOpened(BOOK, 'major', settle, plan, CALENDAR)).toMatchObject([
      { duty: 'finish-plan', anchorAt: at('03-12 15:00'), dueAt: at('04-12 00:00') },
    ]);
    expect(planOpened(BOOK, 'major', settle, { ...plan, kind: 'settlement' }, CALENDAR)).toEqual([]);
  });
});

describe('a local pack over the national one', () => {
  const national = pack('national', [ruleOf(), ruleOf({ id: 'respond-other', limit: { unit: 'hours', amount: 48 } })]);
  const local = pack('local', [ruleOf({ target: { unit: 'hours', amount: 3 } }), ruleOf({ id: 'settle' })]);

  it('replaces the same duty and keeps the others', () => {
    const book = bookOf(national, local);
    expect(book.duties.map((d) => `${d.packId}:${d.rule.id}`)).toEqual([
      'national:respond-other',
      'local:release',
      'local:settle',
    ]);
    expect(book.id).toBe('national+local');
  });

  it('takes duties away only by name and with a reason', () => {
    const drops = [{ duty: 'respond-other', reason: '本县24小时' }];
    expect(bookOf(national, { ...local, drops }).duties.map((d) => d.rule.id)).toEqual(['release', 'settle']);
    const unknown = layerPacks([national, { ...local, drops: [{ duty: 'x', reason: '' }] }], { plain: LADDER });
    expect(unknown.faults).toMatchObject([{ pack: 'local', duty: 'x', key: 'drops' }]);
  });
});

describe('raising a case', () => {
  const clocks = started(planDuties(BOOK, 'ordinary', { ...ANCHORS, assigned: at('03-10 09:10') }, CALENDAR));

  it('starts the new duties from the original anchor, overdue at birth if so', () => {
    const { start } = planClassChange(clocks, BOOK, 'emergency', { ...ANCHORS, assigned: at('03-10 09:10') }, CALENDAR);
    const release = start.find((p) => p.duty === 'release');
    expect(release).toMatchObject({ anchorAt: at('03-10 09:00'), dueAt: at('03-10 14:00') });
    expect(overdueAtBirth(release ?? { dueAt: new Date(NaN) }, at('03-11 09:00'))).toBe(true);
    expect(overdueAtBirth(release ?? { dueAt: new Date(NaN) }, at('03-10 14:00'))).toBe(false);
  });

  it('supersedes the clocks that the new duties replace', () => {
    const { supersede, cancel } = planClassChange(
      clocks,
      BOOK,
      'emergency',
      { ...ANCHORS, assigned: at('03-10 09:10') },
      CALENDAR,
    );
    expect(supersede.map((s) => [s.clock.duty, s.by])).toEqual([
      ['sign-for', 'sign-for'],
      ['respond-other', 'release'],
      ['settle-ordinary', 'settle-major'],
    ]);
    expect(cancel).toEqual([]);
  });

  it('leaves a clock running whose rule covers the new class, and one that was met', () => {
    const met = clocks.map((c) => (c.duty === 'sign-for' ? { ...c, state: 'met' as const } : c));
    const change = planClassChange(met, BOOK, 'major', { ...ANCHORS, assigned: at('03-10 09:10') }, CALENDAR);
    expect(names(change.start)).toEqual(['settle-major']);
    expect(change.supersede.map((s) => s.clock.duty)).toEqual(['settle-ordinary']);
  });
});

describe('lowering a case', () => {
  it('cancels what no longer applies and starts what does, from the original anchor', () => {
    const clocks = started(planDuties(BOOK, 'emergency', ANCHORS, CALENDAR));
    const change = planClassChange(clocks, BOOK, 'ordinary', ANCHORS, CALENDAR);
    expect(change.cancel.map((c) => c.duty)).toEqual(['settle-major', 'release']);
    expect(change.start.map((p) => [p.duty, p.anchorAt])).toEqual([
      ['respond-other', at('03-10 09:00')],
      ['settle-ordinary', at('03-10 09:00')],
    ]);
  });

  it('and raising it again starts the duties again', () => {
    const ended = started(planDuties(BOOK, 'emergency', ANCHORS, CALENDAR)).map((c) => ({
      ...c,
      state: 'cancelled' as const,
    }));
    expect(names(planClassChange(ended, BOOK, 'emergency', ANCHORS, CALENDAR).start)).toEqual([
      'settle-major',
      'release',
    ]);
  });
});

describe('a duty that a release opened', () => {
  it('is cancelled by lowering the case and runs on from its own anchor when it is raised again', () => {
    const release = started(planDuties(BOOK, 'emergency', ANCHORS, CALENDAR)).filter((c) => c.duty === 'release');
    const evidence = { kind: 'release' as const, happenedAt: at('03-10 11:00'), enteredAt: at('03-10 11:00') };
    const { met, start } = applyEvidence(release, evidence, BOOK, 'emergency', CALENDAR);
    const [next] = started(start);
    const clocks = [...met.map((m) => m.clock), { ...next!, state: 'cancelled' as const }];
    const again = planClassChange(clocks, BOOK, 'emergency', ANCHORS, CALENDAR).start;
    expect(again.filter((p) => p.duty === 'follow-up')).toMatchObject([{ anchorAt: at('03-10 11:00'), dueAt: at('03-11 11:00') }]);
    expect(names(planClassChange(clocks, BOOK, 'major', ANCHORS, CALENDAR).start)).not.toContain('follow-up');
    expect(names(planClassChange([...clocks, ...started(again)], BOOK, 'emergency', ANCHORS, CALENDAR).start)).not.toContain('follow-up');
  });
});

describe('however often a case is raised and lowered', () => {
  const classes = fc.array(fc.constantFrom('ordinary' as const, 'major' as const, 'emergency' as const), {
    minLength: 1,
    maxLength: 8,
  });
  const anchors = { detected: at('03-10 09:00'), assigned: at('03-10 09:10') };

  it('exactly the duties of its class run, each once, from the original anchor', () => {
    fc.assert(
      fc.property(classes, fc.boolean(), (sequence, signed) => {
        let clocks = started(planDuties(BOOK, 'ordinary', anchors, CALENDAR));
        if (signed) clocks = clocks.map((c) => (c.duty === 'sign-for' ? { ...c, state: 'met' as const } : c));
        for (const to of sequence) {
          const change = planClassChange(clocks, BOOK, to, anchors, CALENDAR);
          const superseded = new Set(change.supersede.map((x) => x.clock.id));
          const cancelled = new Set(change.cancel.map((c) => c.id));
          clocks = [
            ...clocks.map((c): Clock => {
              if (superseded.has(c.id)) return { ...c, state: 'superseded' };
              return cancelled.has(c.id) ? { ...c, state: 'cancelled' } : c;
            }),
            ...started(change.start),
          ];
          const running = clocks.filter((c) => c.state === 'open');
          const wanted = names(planDuties(BOOK, to, anchors, CALENDAR)).filter((d) => !(signed && d === 'sign-for'));
          expect(running.map((c) => c.duty).sort()).toEqual(wanted.sort());
          expect(
            running.every(
              (c) => c.anchorAt.getTime() === anchors[c.duty === 'sign-for' ? 'assigned' : 'detected'].getTime(),
            ),
          ).toBe(true);
          // Whatever superseded a clock runs or was met: nobody is left with less than before by a mere name.
          for (const { by } of change.supersede)
            expect(clocks.some((c) => c.duty === by && c.state !== 'superseded')).toBe(true);
        }
      }),
    );
  });
});

describe('evidence applied to a case', () => {
  const release = (happened: string) => ({
    kind: 'release' as const,
    happenedAt: at(happened),
    enteredAt: at(happened),
  });

  it('meets every clock it can, and opens each following duty once', () => {
    const clocks = started(planDuties(BOOK, 'emergency', ANCHORS, CALENDAR));
    const first = applyEvidence(clocks, release('03-10 11:00'), BOOK, 'emergency', CALENDAR);
    expect(first.met.map((m) => [m.clock.duty, m.clock.state])).toEqual([['release', 'met']]);
    expect(first.start.map((p) => [p.duty, p.dueAt])).toEqual([['follow-up', at('03-11 11:00')]]);

    const after = [
      ...clocks.filter((c) => c.duty !== 'release'),
      ...first.met.map((m) => m.clock),
      ...started(first.start),
    ];
    const second = applyEvidence(after, release('03-11 10:00'), BOOK, 'emergency', CALENDAR);
    expect(second.met.map((m) => m.clock.duty)).toEqual(['follow-up']);
    expect(second.start.map((p) => [p.duty, p.anchorAt])).toEqual([['follow-up', at('03-11 10:00')]]);
  });

  it('says why a running clock refused it', () => {
    const clocks = started(planDuties(BOOK, 'emergency', ANCHORS, CALENDAR));
    const { refused, met } = applyEvidence(clocks, release('03-10 08:00'), BOOK, 'emergency', CALENDAR);
    expect(met).toEqual([]);
    expect(refused.map((r) => [r.clock.duty, r.reason.includes('早于起算时间')])).toEqual([['release', true]]);
  });
});

describe('a clock that starts after the response was given', () => {
  const done = (kind: 'release' | 'report', happened: string) => ({
    kind,
    happenedAt: at(happened),
    enteredAt: at('03-10 20:00'),
  });

  it('is met by the earliest evidence that counts, by its own time', () => {
    const evidence = [
      done('release', '03-10 18:00'),
      done('release', '03-10 11:00'),
      done('report', '03-10 09:30'),
      done('release', '03-10 08:00'),
    ];
    expect(meetByEarlier(clockOf(), evidence)?.met.clock).toMatchObject({ state: 'met', metAt: at('03-10 11:00') });
  });

  it('stays open without any', () => expect(meetByEarlier(clockOf(), [done('report', '03-10 10:00')])).toBeNull());
});

describe('late detection', () => {
  it('is more than a quarter of the shortest term that a document sets', () => {
    const plans = planDuties(BOOK, 'emergency', { ...ANCHORS, assigned: at('03-10 09:00') }, CALENDAR);
    const shortest = shortestTermMs(plans);
    expect(shortest).toBe(5 * 3_600_000);
    expect(isLateDetection(at('03-10 07:45'), at('03-10 09:00'), shortest)).toBe(false);
    expect(isLateDetection(at('03-10 07:44'), at('03-10 09:00'), shortest)).toBe(true);
    expect(isLateDetection(null, at('03-10 09:00'), shortest)).toBe(false);
    expect(isLateDetection(at('03-01 07:44'), at('03-10 09:00'), shortestTermMs([]))).toBe(false);
  });
});
