import fc from 'fast-check';
import { beijingIso } from './beijing';
import { at } from './clock-fixture';
import { casesBehind, defaultCutOff, foldMonth, monthSpan } from './months';
import type { MonthEvent, MonthRows } from './months-history';
import { spreadOf } from './months-tally';

const END = at('04-01 00:00');

const event = (
  kind: string,
  recorded: Date,
  data: Record<string, unknown> = {},
  more: Partial<MonthEvent> = {},
): MonthEvent => ({
  caseId: '1',
  clockId: null,
  kind,
  at: recorded,
  recordedAt: recorded,
  data,
  ...more,
});

/** One case with one clock due at `due`, and what happened to the clock. */
function history(due: Date, ...events: MonthEvent[]): MonthRows {
  const started = at('03-02 09:00');
  return {
    cases: [
      {
        id: '1',
        detectedAt: started,
        recordedAt: started,
        sourceName: 'feed',
        departmentId: 'a',
        demo: false,
        published: [],
        lateAfterMs: null,
      },
    ],
    clocks: [
      {
        id: '7',
        caseId: '1',
        duty: 'release',
        title: '发布',
        recordedAt: started,
        dueAt: due,
        targetAt: null,
        provisional: false,
      },
    ],
    events: [
      event('opened', started, { caseClass: 'ordinary', topic: '教育', lateDetection: false }),
      event('clock-started', started, { dueAt: beijingIso(due), provisional: false }, { clockId: '7' }),
      ...events,
    ],
    evidence: [],
  };
}
const ofClock = (kind: string, recorded: Date, data: Record<string, unknown> = {}, when = recorded) =>
  event(kind, recorded, data, { clockId: '7', at: when });
const duties = (rows: MonthRows, asOf = END) => foldMonth(rows, '2026-03', asOf).duties;

describe('a duty in the month of its limit', () => {
  const due = at('03-10 14:00');
  it.each([
    ['met on time', [ofClock('clock-met', at('03-10 10:00'))], 'metOnTime', 1],
    ['met late', [ofClock('clock-met-late', at('03-12 10:00'))], 'metLate', 0],
    ['never met', [], 'overdue', 0],
    ['cancelled before its limit', [ofClock('clock-cancelled', at('03-10 13:59'))], 'cancelled', null],
    ['cancelled after its limit: still a breach', [ofClock('clock-cancelled', at('03-10 14:01'))], 'overdue', 0],
    ['superseded after its limit: still a breach', [ofClock('clock-superseded', at('03-10 14:01'))], 'overdue', 0],
    ['superseded before its limit', [ofClock('clock-superseded', at('03-09 10:00'))], 'superseded', null],
    ['standing still', [ofClock('clock-suspended', at('03-09 10:00'))], 'suspended', null],
    [
      'judged again after an earlier response was found',
      [ofClock('clock-met-late', at('03-12 10:00')), ofClock('clock-met', at('03-13 10:00'))],
      'metOnTime',
      1,
    ],
  ] as const)('%s', (_, events, field, rate) => {
    const tally = duties(history(due, ...events));
    expect(tally).toMatchObject({ due: 1, [field]: 1, onTimeRate: rate });
  });

  it('entered after the cut-off does not count, and counts for a later cut-off', () => {
    const rows = history(due, ofClock('clock-met', at('04-03 09:00'), {}, at('03-10 10:00')));
    expect(duties(rows)).toMatchObject({ overdue: 1, metOnTime: 0 });
    expect(duties(rows, at('04-04 00:00'))).toMatchObject({ overdue: 0, metOnTime: 1 });
  });

  it('is counted in one month only: a limit at 24:00 of the last day is still that month’s', () => {
    expect(duties(history(END)).due).toBe(1);
    expect(foldMonth(history(END), '2026-04', at('05-01 00:00')).duties.due).toBe(0);
    expect(foldMonth(history(at('03-01 00:00')), '2026-03', END).duties.due).toBe(0);
  });

  it('is 暂定 until a notice settles it, also where its instants stay', () => {
    const rows = history(
      due,
      ofClock('clock-started', at('03-02 09:00'), { dueAt: beijingIso(due), provisional: true }),
      ofClock('clock-reprojected', at('03-05 09:00'), { newDueAt: beijingIso(due), provisional: false }),
      ofClock('clock-extended', at('03-06 09:00'), { newDueAt: beijingIso(due), provisional: true }),
    );
    rows.events.splice(1, 1);
    const provisional = (asOf: Date) =>
      foldMonth({ ...rows, events: rows.events.filter((e) => e.recordedAt <= asOf) }, '2026-03', END).apart.provisional
        .due;
    expect([at('03-04 09:00'), at('03-05 10:00'), at('03-06 10:00')].map(provisional)).toEqual([1, 0, 1]);
  });

  it('moved by an extension belongs to the new limit from the record of it on', () => {
    const rows = history(
      at('03-30 14:00'),
      ofClock('clock-extended', at('03-29 09:00'), { newDueAt: '2026-04-02T14:00:00+08:00' }),
    );
    expect(duties(rows).due).toBe(0);
    expect(duties(rows, at('03-28 09:00')).due).toBe(0);
    const april = foldMonth(rows, '2026-04', at('05-01 00:00'));
    expect([april.duties.overdue, april.apart.extended.overdue]).toEqual([1, 1]);
  });
});

describe('a duty with two terms', () => {
  it('is reported under each of its titles, and each leads to its own cases', () => {
    const rows = history(at('03-10 14:00'));
    const second = { ...rows.clocks[0]!, id: '8', caseId: '2', title: '发布（突发事件）' };
    const opened = { ...rows.events[0]!, caseId: '2' };
    const both = { ...rows, cases: [...rows.cases, { ...rows.cases[0]!, id: '2' }], clocks: [...rows.clocks, second], events: [...rows.events, opened] };
    expect(foldMonth(both, '2026-03', END).byDuty.map((g) => [g.key, g.label, g.cases, g.duties.due])).toEqual([
      ['release', '发布', 1, 1],
      ['release', '发布（突发事件）', 1, 1],
    ]);
    const behind = (dutyTitle?: string) => casesBehind(both, '2026-03', END, { duty: 'release', dutyTitle });
    expect([behind('发布'), behind('发布（突发事件）'), behind()]).toEqual([['1'], ['2'], ['1', '2']]);
  });
});

describe('the month', () => {
  it('takes level, topic and department as they stood at the cut-off', () => {
    const rows = history(
      at('03-10 14:00'),
      event('assigned', at('03-03 09:00'), { departmentId: 'b', from: 'a' }),
      event('level-raised', at('03-04 09:00'), { from: 'ordinary', to: 'major' }),
      event('overridden', at('04-02 09:00'), {
        to: { level: 'major', emergency: true, grade: '重大', topic: '安全事故' },
      }),
    );
    const keys = (asOf: Date) => {
      const m = foldMonth(rows, '2026-03', asOf, { departments: { b: '教育局' }, sources: {} });
      return [m.byLevel, m.byTopic, m.byDepartment, m.bySource].map((g) =>
        g.map((x) => `${x.key}:${x.label}:${x.cases}`).join(),
      );
    };
    expect(keys(at('03-02 12:00'))).toEqual(['ordinary:一般性政务舆情:1', '教育:教育:1', 'a:a:1', 'feed:feed:1']);
    expect(keys(END)[0]).toContain('major');
    expect(keys(END)[2]).toBe('b:教育局:1');
    expect(keys(at('04-03 00:00')).slice(0, 2)).toEqual([
      'emergency:涉重大、特别重大突发事件:1',
      '安全事故:安全事故:1',
    ]);
  });

  it('counts target and limit apart', () => {
    const rows = history(at('03-10 14:00'), ofClock('clock-met', at('03-10 13:00'), { targetMet: false }));
    const withTarget = { ...rows, clocks: rows.clocks.map((c) => ({ ...c, targetAt: at('03-10 12:00') })) };
    withTarget.events = rows.events.map((e) =>
      e.kind === 'clock-started' ? { ...e, data: { ...e.data, targetAt: '2026-03-10T12:00:00+08:00' } } : e,
    );
    const month = foldMonth(withTarget, '2026-03', END);
    expect([month.duties.onTimeRate, month.target]).toEqual([1, { met: 0, missed: 1, rate: 0 }]);
  });

  it('measures acts in the month in which they were done', () => {
    const rows = history(at('03-10 14:00'), event('assigned', at('03-02 10:00'), { departmentId: 'b', from: null }));
    const done = (kind: 'receipt' | 'release' | 'settlement', when: string) => ({
      caseId: '1',
      kind,
      happenedAt: at(when),
      enteredAt: at(when),
    });
    rows.evidence = [
      done('receipt', '03-02 10:12'),
      done('release', '03-02 11:30'),
      done('release', '03-05 09:00'),
      done('settlement', '04-02 09:00'),
    ];
    expect(foldMonth(rows, '2026-03', END).times).toEqual({
      signFor: { count: 1, median: 12, p90: 12 },
      firstRelease: { count: 1, median: 150, p90: 150 },
      pressConference: { count: 0, median: null, p90: null },
      settle: { count: 0, median: null, p90: null },
    });
    expect(foldMonth(rows, '2026-04', at('05-01 00:00')).times.settle).toEqual({
      count: 1,
      median: 31 * 1440,
      p90: 31 * 1440,
    });
  });

  it('marks late detections also when the earlier report came in afterwards, but not before it came in', () => {
    const rows = history(at('03-10 14:00'));
    const early = { at: at('03-01 09:00'), fetchedAt: at('03-05 09:00') };
    const later = { ...rows, cases: rows.cases.map((c) => ({ ...c, lateAfterMs: 3_600_000, published: [early] })) };
    expect(foldMonth(later, '2026-03', at('03-04 00:00')).cases.lateDetections).toBe(0);
    expect(foldMonth(later, '2026-03', END).cases.lateDetections).toBe(1);
  });

  it('has Beijing bounds, and a cut-off that stays the same', () => {
    expect(monthSpan('2026-12')).toEqual({
      from: at('2026-12-01T00:00:00+08:00'),
      to: at('2027-01-01T00:00:00+08:00'),
    });
    expect(defaultCutOff('2026-03', at('03-20 10:00'))).toEqual(at('03-20 10:00'));
    expect(defaultCutOff('2026-03', at('11-20 10:00'))).toEqual(END);
    for (const bad of ['2026-13', '2026-3', 'March', '']) expect(() => monthSpan(bad)).toThrow('YYYY-MM');
  });
});

describe('against an independent count', () => {
  const minute = (n: number) => new Date(at('02-20 00:00').getTime() + n * 60_000);
  const times = fc.integer({ min: 0, max: 60 * 24 * 60 });
  const life = fc.record({
    due: times,
    dept: fc.constantFrom('a', 'b', null),
    met: fc.option(fc.record({ done: times, delay: fc.integer({ min: 0, max: 20_000 }) }), { nil: null }),
    end: fc.option(times, { nil: null }),
    extended: fc.boolean(),
  });
  type Life = {
    due: number;
    dept: string | null;
    met: { done: number; delay: number } | null;
    end: number | null;
    extended: boolean;
  };

  function rowsOf(lives: Life[]): MonthRows {
    const rows: MonthRows = { cases: [], clocks: [], events: [], evidence: [] };
    lives.forEach((l, i) => {
      const [caseId, clockId] = [`c${i}`, `k${i}`];
      const due = minute(l.due);
      rows.cases.push({
        id: caseId,
        detectedAt: minute(0),
        recordedAt: minute(0),
        sourceName: 's',
        departmentId: l.dept,
        demo: false,
        published: [],
        lateAfterMs: null,
      });
      rows.clocks.push({
        id: clockId,
        caseId,
        duty: 'd',
        title: 'd',
        recordedAt: minute(0),
        dueAt: due,
        targetAt: null,
        provisional: false,
      });
      const put = (kind: string, recorded: Date, data = {}, when = recorded) =>
        rows.events.push(event(kind, recorded, data, { caseId, clockId, at: when }));
      put('clock-started', minute(0), { dueAt: beijingIso(due) });
      if (l.extended) put('clock-extended', minute(0), { newDueAt: beijingIso(due) });
      if (l.met)
        put(
          l.met.done <= l.due ? 'clock-met' : 'clock-met-late',
          minute(l.met.done + l.met.delay),
          {},
          minute(l.met.done),
        );
      else if (l.end !== null) put('clock-cancelled', minute(l.end));
    });
    rows.events.sort((a, b) => a.recordedAt.getTime() - b.recordedAt.getTime());
    return rows;
  }

  it('every count is the same', () => {
    fc.assert(
      fc.property(fc.array(life, { maxLength: 40 }), times, (lives, cut) => {
        const asOf = minute(cut);
        const { from, to } = monthSpan('2026-03');
        let [onTime, late, overdue, cancelled] = [0, 0, 0, 0];
        for (const l of lives) {
          if (minute(l.due) <= from || minute(l.due) > to) continue;
          if (l.met && l.met.done + l.met.delay <= cut) {
            if (l.met.done <= l.due) onTime++;
            else late++;
          } else if (!l.met && l.end !== null && l.end <= cut && l.end < l.due) cancelled++;
          else if (l.due <= cut) overdue++;
        }
        const month = foldMonth(rowsOf(lives), '2026-03', asOf);
        expect(month.duties).toMatchObject({ metOnTime: onTime, metLate: late, overdue, cancelled });
        const judged = onTime + late + overdue;
        if (judged === 0) expect(month.duties.onTimeRate).toBeNull();
        else expect(month.duties.onTimeRate).toBeCloseTo(onTime / judged, 12);
        for (const groups of [month.byDepartment, month.byLevel, month.byTopic, month.bySource]) {
          expect(groups.reduce((n, g) => n + g.duties.due, 0)).toBe(month.duties.due);
        }
        expect(month.apart.extended.due).toBeLessThanOrEqual(month.duties.due);
      }),
    );
  });

  it('what is recorded after the cut-off changes nothing', () => {
    fc.assert(
      fc.property(fc.array(life, { maxLength: 20 }), fc.array(life, { maxLength: 20 }), times, (lives, more, cut) => {
        const asOf = minute(cut);
        const rows = rowsOf(lives);
        const later = rowsOf(more);
        const shifted = (d: Date) => new Date(d.getTime() + cut * 60_000 + 1);
        const grown: MonthRows = {
          cases: [
            ...rows.cases,
            ...later.cases.map((c) => ({ ...c, id: `x${c.id}`, recordedAt: shifted(c.recordedAt) })),
          ],
          clocks: [
            ...rows.clocks,
            ...later.clocks.map((c) => ({ ...c, id: `x${c.id}`, recordedAt: shifted(c.recordedAt) })),
          ],
          // Later records of the same clocks too.
          events: [...rows.events, ...later.events.map((e) => ({ ...e, recordedAt: shifted(e.recordedAt) }))],
          evidence: [{ caseId: 'c0', kind: 'release', happenedAt: minute(0), enteredAt: shifted(minute(0)) }],
        };
        expect(foldMonth(grown, '2026-03', asOf)).toEqual(foldMonth(rows, '2026-03', asOf));
      }),
    );
  });

  it('median and 90th percentile split the values as they say', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 60 }), (values) => {
        const { count, median, p90 } = spreadOf(values);
        const share = (test: (v: number) => boolean) => values.filter(test).length / values.length;
        expect(count).toBe(values.length);
        expect(share((v) => v <= (median ?? -1))).toBeGreaterThanOrEqual(0.5);
        expect(share((v) => v >= (median ?? 1e9))).toBeGreaterThanOrEqual(0.5);
        expect(values).toContain(p90);
        expect(share((v) => v <= (p90 ?? -1))).toBeGreaterThanOrEqual(0.9);
        expect(share((v) => v < (p90 ?? 1e9))).toBeLessThan(0.9);
      }),
    );
  });
});
