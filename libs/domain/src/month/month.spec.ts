import fc from 'fast-check';
import { beijingIso } from '../beijing';
import { at } from '../clock-fixture';
import { MonthBook } from './book';
import { factsOf } from './fact';
import { timesBehind } from './figure';
import type { CaseHistory, EventRecord } from './history';
import { foldMonth, reportOf, sumsOf } from './report';
import { defaultCutOff, monthOf, monthOfLimit, monthPlus, monthSpan } from './span';
import { spreadOfList } from './spread';

const END = at('04-01 00:00');

const event = (kind: string, recorded: Date, data: Record<string, unknown> = {}, more: Partial<EventRecord> = {}): EventRecord => ({
  ...{ clockId: null, kind, at: recorded.getTime(), recordedAt: recorded.getTime(), data },
  ...more,
});

/** One case with one clock due at `due`, and what happened to the clock. */
function history(due: Date, ...events: EventRecord[]): CaseHistory {
  const started = at('03-02 09:00').getTime();
  return {
    ...{ id: '1', detectedAt: started, recordedAt: started, sourceName: 'feed', departmentId: 'a', region: null, demo: false },
    clocks: [
      {
        ...{ id: '7', duty: 'release', title: '发布', recordedAt: started, tellsLateness: true, anchorAt: started },
        ...{ dueAt: due.getTime(), targetAt: null, provisional: false, departmentId: null },
      },
    ],
    events: [event('opened', new Date(started), { caseClass: 'ordinary', topic: '教育', lateDetection: false }), ...events],
    evidence: [],
  };
}
const ofClock = (kind: string, recorded: Date, data: Record<string, unknown> = {}): EventRecord => event(kind, recorded, data, { clockId: '7' });
const duties = (h: CaseHistory, asOf = END) => foldMonth([h], '2026-03', asOf).duties;

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
    ['judged again after an earlier response was found', [ofClock('clock-met-late', at('03-12 10:00')), ofClock('clock-met', at('03-13 10:00'))], 'metOnTime', 1],
    ['met by the answer of a merged case', [ofClock('clock-met', at('03-09 10:00'), { targetMet: true })], 'metOnTime', 1],
    ['met by it, and the merge undone', [ofClock('clock-met', at('03-09 10:00')), ofClock('clock-cancelled', at('03-12 10:00'), { undone: true })], 'cancelled', null],
    ['met, and ended for another reason', [ofClock('clock-met', at('03-09 10:00')), ofClock('clock-cancelled', at('03-12 10:00'))], 'metOnTime', 1],
  ] as const)('%s', (_, events, field, rate) => {
    expect(duties(history(due, ...events))).toMatchObject({ due: 1, [field]: 1, onTimeRate: rate });
  });

  it('that is overdue is told apart from one that was ended unmet', () => {
    expect(duties(history(due)).overdueOpen).toBe(1);
    expect(duties(history(due, ofClock('clock-cancelled', at('03-11 10:00'))))).toMatchObject({ overdue: 1, overdueOpen: 0 });
  });

  it('entered after the cut-off does not count, and counts for a later cut-off', () => {
    const h = history(due, event('clock-met', at('04-03 09:00'), {}, { clockId: '7', at: at('03-10 10:00').getTime() }));
    expect(duties(h)).toMatchObject({ overdue: 1, metOnTime: 0 });
    expect(duties(h, at('04-04 00:00'))).toMatchObject({ overdue: 0, metOnTime: 1 });
  });

  it('is counted in one month only: a limit at 24:00 of the last day is still that month’s', () => {
    expect(duties(history(END)).due).toBe(1);
    expect(foldMonth([history(END)], '2026-04', at('05-01 00:00')).duties.due).toBe(0);
    expect(duties(history(at('03-01 00:00'))).due).toBe(0);
  });

  it('is 暂定 until a notice settles it, also where its instants stay', () => {
    const h = history(
      due,
      ofClock('clock-started', at('03-02 09:00'), { dueAt: beijingIso(due), provisional: true }),
      ofClock('clock-reprojected', at('03-05 09:00'), { newDueAt: beijingIso(due), provisional: false }),
      ofClock('clock-extended', at('03-06 09:00'), { newDueAt: beijingIso(due), provisional: true }),
    );
    const provisional = (asOf: Date) =>
      foldMonth([{ ...h, events: h.events.filter((e) => e.recordedAt <= asOf.getTime()) }], '2026-03', END).apart.provisional.due;
    expect([at('03-04 09:00'), at('03-05 10:00'), at('03-06 10:00')].map(provisional)).toEqual([1, 0, 1]);
  });

  it('moved by an extension belongs to the new limit from the record of it on', () => {
    const h = history(at('04-02 14:00'), ofClock('clock-started', at('03-02 09:00'), { dueAt: '2026-03-30T14:00:00+08:00' }), ofClock('clock-extended', at('03-29 09:00'), { newDueAt: '2026-04-02T14:00:00+08:00' }));
    expect(duties(h).due).toBe(0);
    const april = foldMonth([h], '2026-04', at('05-01 00:00'));
    expect([april.duties.overdue, april.apart.extended.overdue]).toEqual([1, 1]);
    expect(foldMonth([h], '2026-03', at('03-30 15:00')).duties.due).toBe(0);
    expect(foldMonth([{ ...h, events: h.events.slice(0, 2) }], '2026-03', at('03-30 15:00')).duties.overdue).toBe(1);
  });
});

it('a duty with two terms is reported under each of its titles, and each leads to its own cases', () => {
  const one = history(at('03-10 14:00'));
  const two = { ...one, id: '2', clocks: [{ ...one.clocks[0]!, id: '8', title: '发布（突发事件）' }] };
  expect(foldMonth([one, two], '2026-03', END).byDuty.map((g) => [g.key, g.label, g.cases, g.duties.due])).toEqual([
    ['release', '发布', 1, 1],
    ['release', '发布（突发事件）', 1, 1],
  ]);
  const behind = (dutyTitle?: string) =>
    [one, two].filter((h) => timesBehind(factsOf(h, END.getTime())!, '2026-03', END.getTime(), { duty: 'release', dutyTitle }) > 0).map((h) => h.id);
  expect([behind('发布'), behind('发布（突发事件）'), behind()]).toEqual([['1'], ['2'], ['1', '2']]);
});

describe('the month', () => {
  it('takes level, topic, department and region as they stood at the cut-off', () => {
    const h = history(
      at('03-10 14:00'),
      event('assigned', at('03-03 09:00'), { departmentId: 'b', from: 'a' }),
      event('level-raised', at('03-04 09:00'), { from: 'ordinary', to: 'major' }),
      event('item-joined', at('03-05 09:00'), { region: '360734' }),
      event('overridden', at('04-02 09:00'), { to: { level: 'major', emergency: true, grade: '重大', topic: '安全事故' } }),
    );
    const keys = (asOf: Date) => {
      const m = foldMonth([h], '2026-03', asOf, { departments: { b: '教育局' }, regions: {}, sources: {} });
      return [m.byLevel, m.byTopic, m.byDepartment, m.bySource, m.byRegion].map((g) => g.map((x) => `${x.key}:${x.label}:${x.cases}`).join());
    };
    expect(keys(at('03-02 12:00'))).toEqual(['ordinary:一般性政务舆情:1', '教育:教育:1', 'a:a:1', 'feed:feed:1', ':地区不明:1']);
    expect(keys(END)[0]).toContain('major');
    expect([keys(END)[2], keys(END)[4]]).toEqual(['b:教育局:1', '360734:360734:1']);
    expect(keys(at('04-03 00:00')).slice(0, 2)).toEqual(['emergency:涉重大、特别重大突发事件:1', '安全事故:安全事故:1']);
  });

  it('a merge gives the surviving case what the other knew more, and an undone merge takes it back', () => {
    const before = { caseClass: 'ordinary', departmentId: null, region: null, lateDetection: false, firstPublicAt: null };
    const after = { caseClass: 'major', departmentId: 'b', region: '360734', lateDetection: false, firstPublicAt: '2026-03-02T08:30:00+08:00' };
    const h = { ...history(at('03-10 14:00')), departmentId: null };
    const merged = { ...h, events: [...h.events, event('merged', at('03-05 09:00'), { survivorId: '1', mergedId: '2', before, after })] };
    const undone = { ...merged, events: [...merged.events, event('unmerged', at('03-06 09:00'), { survivorId: '1', mergedId: '2' })] };
    const { dims } = factsOf(merged, END.getTime())!;
    expect(dims).toMatchObject({ caseClass: 'major', departmentId: 'b', region: '360734' });
    expect(factsOf(merged, END.getTime())!.detected).toMatchObject({ lagMinutes: 30, lateDetection: false });
    expect(factsOf(undone, END.getTime())!).toMatchObject({ dims: factsOf(h, END.getTime())!.dims, detected: { lagMinutes: null } });
    const other = { ...merged, id: '2' };
    expect(foldMonth([merged, other], '2026-03', END)).toMatchObject({ cases: { total: 1 }, duties: { due: 2 }, raised: 1 });
  });

  it('counts target and limit apart', () => {
    const h = history(at('03-10 14:00'), ofClock('clock-met', at('03-10 13:00'), { targetMet: false }));
    const withTarget = { ...h, clocks: h.clocks.map((c) => ({ ...c, targetAt: at('03-10 12:00').getTime() })) };
    const month = foldMonth([withTarget], '2026-03', END);
    expect([month.duties.onTimeRate, month.target]).toEqual([1, { met: 0, missed: 1, rate: 0 }]);
    const running = { ...withTarget, events: withTarget.events.slice(0, 1), clocks: withTarget.clocks.map((c) => ({ ...c, dueAt: at('03-31 12:00').getTime() })) };
    expect(foldMonth([running], '2026-03', at('03-31 12:00')).target).toEqual({ met: 0, missed: 1, rate: 0 });
  });

  it('measures acts in the month in which they were done', () => {
    const h = history(at('03-10 14:00'), event('assigned', at('03-02 10:00'), { departmentId: 'b', from: null }));
    const done = (kind: 'receipt' | 'release' | 'settlement', when: string) => ({ kind, happenedAt: at(when).getTime(), enteredAt: at(when).getTime(), departmentId: null });
    h.evidence = [done('receipt', '03-02 10:12'), done('release', '03-02 11:30'), done('release', '03-05 09:00'), done('settlement', '04-02 09:00')];
    const none = { count: 0, median: null, p90: null };
    expect(foldMonth([h], '2026-03', END).times).toEqual({
      ...{ signFor: { count: 1, median: 12, p90: 12 }, firstRelease: { count: 1, median: 150, p90: 150 } },
      ...{ pressConference: none, settle: none, detectionLag: none },
    });
    const april = foldMonth([h], '2026-04', at('05-01 00:00'));
    expect(april.times.settle).toEqual({ count: 1, median: 31 * 1440, p90: 31 * 1440 });
    expect(april.byDepartment.map((g) => [g.key, g.times.settle.count])).toEqual([['b', 1]]);
  });

  it('tells upgrades, overrides and false alarms of the month apart', () => {
    const to = { level: 'ordinary', emergency: false, grade: null, topic: '教育' };
    const h = history(at('03-10 14:00'), event('level-raised', at('03-03 09:00'), { to: 'major' }), event('overridden', at('03-04 09:00'), { to }), event('rejected', at('03-05 09:00')));
    expect(foldMonth([h], '2026-03', END)).toMatchObject({ raised: 1, lowered: 1, overrides: 1, falseAlarms: 1, cases: { rejected: 1, closed: 1 } });
    expect(foldMonth([h], '2026-04', at('05-01 00:00'))).toMatchObject({ raised: 0, lowered: 0, overrides: 0, falseAlarms: 0 });
  });

  it('marks late detections also when the earlier report came in afterwards, but not before it came in', () => {
    const later = history(at('03-02 14:00'), event('item-joined', at('03-05 09:00'), { firstPublicAt: '2026-03-01T09:00:00+08:00' }));
    expect(foldMonth([later], '2026-03', at('03-04 00:00')).cases.lateDetections).toBe(0);
    const march = foldMonth([later], '2026-03', END);
    expect([march.cases.lateDetections, march.times.detectionLag.median]).toEqual([1, 1440]);
  });

  it('has Beijing bounds, and a cut-off that stays the same', () => {
    expect(monthSpan('2026-12')).toEqual({ from: at('2026-12-01T00:00:00+08:00'), to: at('2027-01-01T00:00:00+08:00') });
    expect(defaultCutOff('2026-03', at('03-20 10:00'))).toEqual(at('03-20 10:00'));
    expect(defaultCutOff('2026-03', at('11-20 10:00'))).toEqual(END);
    for (const bad of ['2026-13', '2026-3', 'March', '']) expect(() => monthSpan(bad)).toThrow('YYYY-MM');
    expect([monthOf(END.getTime()), monthOfLimit(END.getTime())]).toEqual(['2026-04', '2026-03']);
    expect([monthPlus('2026-01', -1), monthPlus('2026-11', 14), monthPlus('2026-03', -12)]).toEqual(['2025-12', '2028-01', '2025-03']);
  });
});

describe('against an independent count', () => {
  const minute = (n: number): Date => new Date(at('02-20 00:00').getTime() + n * 60_000);
  const times = fc.integer({ min: 0, max: 60 * 24 * 60 });
  const life = fc.record({
    due: times,
    dept: fc.constantFrom('a', 'b', ''),
    met: fc.option(fc.record({ done: times, delay: fc.integer({ min: 0, max: 20_000 }) }), { nil: null }),
    end: fc.option(times, { nil: null }),
    extended: fc.boolean(),
  });
  type Life = { due: number; dept: string; met: { done: number; delay: number } | null; end: number | null; extended: boolean };

  function historiesOf(lives: Life[]): CaseHistory[] {
    return lives.map((l, i) => {
      const [caseId, clockId] = [`c${i}`, `k${i}`];
      const due = minute(l.due);
      const events: EventRecord[] = [event('opened', minute(0), { departmentId: l.dept })];
      const put = (kind: string, recorded: Date, data = {}, when = recorded) => events.push({ ...event(kind, recorded, data), clockId, at: when.getTime() });
      if (l.extended) {
        put('clock-started', minute(0), { dueAt: beijingIso(due) });
        put('clock-extended', minute(0), { newDueAt: beijingIso(due) });
      }
      if (l.met) put(l.met.done <= l.due ? 'clock-met' : 'clock-met-late', minute(l.met.done + l.met.delay), {}, minute(l.met.done));
      else if (l.end !== null) put('clock-cancelled', minute(l.end));
      const start = minute(0).getTime();
      return {
        ...{ id: caseId, detectedAt: start, recordedAt: start, sourceName: 's', departmentId: null, region: null, demo: false },
        clocks: [{ id: clockId, duty: 'd', title: 'd', recordedAt: start, tellsLateness: true, anchorAt: start, dueAt: due.getTime(), targetAt: null, provisional: false, departmentId: null }],
        events,
        evidence: l.met ? [{ kind: 'release' as const, happenedAt: minute(l.met.done).getTime(), enteredAt: minute(l.met.done + l.met.delay).getTime(), departmentId: null }] : [],
      };
    });
  }

  it('every count is the same', () => {
    fc.assert(
      fc.property(fc.array(life, { maxLength: 40 }), times, (lives, cut) => {
        const asOf = minute(cut);
        const { from, to } = monthSpan('2026-03');
        let [onTime, late, overdue, cancelled] = [0, 0, 0, 0];
        const spans: number[] = [];
        for (const l of lives) {
          if (l.met && l.met.done + l.met.delay <= cut && minute(l.met.done) >= from && minute(l.met.done) < to) spans.push(l.met.done);
          if (minute(l.due) <= from || minute(l.due) > to) continue;
          if (l.met && l.met.done + l.met.delay <= cut) {
            if (l.met.done <= l.due) onTime++;
            else late++;
          } else if (!l.met && l.end !== null && l.end <= cut && l.end < l.due) cancelled++;
          else if (l.due <= cut) overdue++;
        }
        const month = foldMonth(historiesOf(lives), '2026-03', asOf);
        expect(month.duties).toMatchObject({ metOnTime: onTime, metLate: late, overdue, cancelled });
        const judged = onTime + late + overdue;
        if (judged === 0) expect(month.duties.onTimeRate).toBeNull();
        else expect(month.duties.onTimeRate).toBe(onTime / judged);
        spans.sort((a, b) => a - b);
        const n = spans.length;
        const middle = n === 0 ? null : ((spans[Math.floor((n - 1) / 2)] ?? 0) + (spans[Math.floor(n / 2)] ?? 0)) / 2;
        expect(month.times.firstRelease).toEqual({ count: n, median: middle, p90: n === 0 ? null : spans[Math.ceil(0.9 * n) - 1] });
        for (const groups of [month.byDepartment, month.byLevel, month.byTopic, month.byRegion, month.bySource, month.byDuty]) {
          expect(groups.reduce((sum, g) => sum + g.duties.due, 0)).toBe(month.duties.due);
        }
        expect(month.apart.extended.due).toBeLessThanOrEqual(month.duties.due);
      }),
    );
  });

  it('what is recorded after the cut-off changes nothing', () => {
    fc.assert(
      fc.property(fc.array(life, { maxLength: 20 }), fc.array(life, { maxLength: 20 }), times, (lives, more, cut) => {
        const asOf = minute(cut);
        const shifted = (ms: number) => ms + cut * 60_000 + 1;
        const histories = historiesOf(lives);
        const later = historiesOf(more);
        const grown = histories.map((h, i) => ({
          ...h,
          clocks: [...h.clocks, ...(later[i]?.clocks ?? []).map((c) => ({ ...c, id: `x${c.id}`, recordedAt: shifted(c.recordedAt) }))],
          events: [...h.events, ...(later[i]?.events ?? []).map((e) => ({ ...e, recordedAt: shifted(e.recordedAt) }))],
          evidence: [...h.evidence, { kind: 'release' as const, happenedAt: minute(0).getTime(), enteredAt: shifted(minute(0).getTime()), departmentId: null }],
        }));
        const unknown = later.map((h) => ({ ...h, id: `x${h.id}`, recordedAt: shifted(h.recordedAt) }));
        expect(foldMonth([...grown, ...unknown], '2026-03', asOf)).toEqual(foldMonth(histories, '2026-03', asOf));
      }),
    );
  });

  it('a case taken out as it was and put in as it is leaves the sums of a count from the beginning', () => {
    fc.assert(
      fc.property(fc.array(life, { maxLength: 20 }), times, times, (lives, one, two) => {
        const [early, late] = [Math.min(one, two), Math.max(one, two)].map(minute) as [Date, Date];
        const book = new MonthBook();
        const histories = historiesOf(lives);
        const put = (asOf: Date, sign: 1 | -1) => {
          for (const h of histories) {
            const facts = factsOf(h, asOf.getTime());
            if (facts) book.add(facts, asOf.getTime(), sign);
          }
        };
        put(early, 1);
        put(early, -1);
        expect(book.list()).toEqual([]);
        put(late, 1);
        expect(reportOf(book.list().map(sumsOf), '2026-03', late)).toEqual(foldMonth(histories, '2026-03', late));
      }),
    );
  });

  it('median and 90th percentile split the values as they say', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 60 }), (values) => {
        const { count, median, p90 } = spreadOfList(values);
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
