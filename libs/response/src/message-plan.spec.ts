import { type DueDelivery, planMessages, STORM_GAP_MS } from './message-plan';

const NOW = new Date('2026-11-21T12:00:00+08:00');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);
const due = (n: number, more: Partial<DueDelivery> = {}): DueDelivery => ({ accountId: '1', seq: n, alertId: String(n), alertKey: `k${n}`, digest: false, rank: 1, ...more });
const many = (n: number, more: Partial<DueDelivery> = {}) => Array.from({ length: n }, (_, i) => due(i + 1, more));
const NONE = new Map<string, Date[]>();
const LIMITS = [{ messages: 3, minutes: 5 }];

it('below the limit each alert is a message of its own, the gravest first', () => {
  const plan = planMessages([due(1), due(2, { rank: 2 }), due(3)], NONE, LIMITS, false, NOW);
  expect(plan.messages.map((m) => [m.kind, m.key])).toEqual([['single', 'k2#1'], ['single', 'k1#1'], ['single', 'k3#1']]);
});

it('to a group an alert is one message, however many people it names', () => {
  const plan = planMessages([due(1), due(1, { accountId: '2' }), due(2)], NONE, LIMITS, true, NOW);
  expect(plan.messages.map((m) => [m.key, m.accountId, m.rows.length])).toEqual([['k1', null, 2], ['k2', null, 1]]);
});

it('what may wait is told together; one alone is told as it is', () => {
  expect(planMessages(many(4, { digest: true, rank: 0 }), NONE, LIMITS, false, NOW).messages).toMatchObject([{ kind: 'digest', key: 'digest:1:1', rows: many(4, { digest: true, rank: 0 }) }]);
  expect(planMessages([due(1, { digest: true })], NONE, LIMITS, false, NOW).messages).toMatchObject([{ kind: 'single' }]);
});

it('beyond the limit everything becomes one summary with all of them', () => {
  const plan = planMessages(many(40), NONE, LIMITS, false, NOW);
  expect(plan.messages).toHaveLength(1);
  expect(plan.messages[0]).toMatchObject({ kind: 'storm', key: 'storm:1:1' });
  expect(plan.messages[0]!.rows).toHaveLength(40);
});

it('messages of the window count, older ones do not', () => {
  const plan = (begun: Date[]) => planMessages([due(1), due(2)], new Map([['1', begun]]), LIMITS, false, NOW);
  expect(plan([ago(301), ago(200)]).messages.map((m) => m.kind)).toEqual(['single', 'single']);
  expect(plan([ago(250), ago(200)]).messages.map((m) => m.kind)).toEqual(['storm']);
});

it('with the limit used up the next summary waits until a minute after the last message, no longer', () => {
  const begun = new Map([['1', [ago(100), ago(90), ago(20)]]]);
  const plan = planMessages(many(5, { rank: 2 }), begun, LIMITS, false, NOW);
  expect(plan.messages).toEqual([]);
  expect(plan.putOff).toMatchObject([{ until: new Date(ago(20).getTime() + STORM_GAP_MS) }]);
  expect(plan.putOff[0]!.rows).toHaveLength(5);
  const later = planMessages(many(5), new Map([['1', [ago(100), ago(90), ago(60)]]]), LIMITS, false, NOW);
  expect(later.messages.map((m) => m.kind)).toEqual(['storm']);
});

it('one alert alone is told as it is, also in a storm', () => {
  const plan = planMessages([due(9)], new Map([['1', [ago(200), ago(190), ago(61)]]]), LIMITS, false, NOW);
  expect(plan.messages).toMatchObject([{ kind: 'single', key: 'k9#1' }]);
});

it('one reader’s storm is not another’s, and no limit is no limit', () => {
  const plan = planMessages([...many(9), due(50, { accountId: '2' })], NONE, LIMITS, false, NOW);
  expect(plan.messages.map((m) => [m.accountId, m.kind])).toEqual([['1', 'storm'], ['2', 'single']]);
  expect(planMessages(many(90), NONE, [], false, NOW).messages).toHaveLength(90);
});

it('of several limits the tightest decides', () => {
  const limits = [{ messages: 100, minutes: 1 }, { messages: 2, minutes: 1 }];
  expect(planMessages(many(3), NONE, limits, false, NOW).messages.map((m) => m.kind)).toEqual(['storm']);
});
