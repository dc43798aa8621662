import { type AlertRoute, type AlertRouting, digestEnd, planWays, type RoutedAlert, type RoutedReader } from './alert-routing';

const NOON = new Date('2026-11-21T12:00:00+08:00');
const NIGHT = new Date('2026-11-21T23:30:00+08:00');
const ALERT: RoutedAlert = { severity: 'warning', caseClass: 'ordinary', topic: '教育', region: '990101' };
const EMERGENCY: RoutedAlert = { severity: 'warning', caseClass: 'emergency', topic: '安全事故', region: '990101' };
const OFFICER: RoutedReader = { role: 'duty_officer', departmentId: null };
const CONTACT: RoutedReader = { role: 'department_contact', departmentId: 'jiaoyu' };
const channels = ['chat', 'mail', 'sms'].map((name) => ({ name, minSeverity: 'info' as const }));

const route = (r: Partial<AlertRoute>): AlertRoute => ({ name: 'r', when: {}, send: [], fallback: [], ...r });
const routing = (...routes: AlertRoute[]): AlertRouting => ({ channels, routes, digestMinutes: 30 });
const names = (alert: RoutedAlert, reader: RoutedReader, r: AlertRouting, now = NOON) =>
  planWays(alert, reader, r, now).map((w) => (w.fallback === 0 ? w.channel : `${w.channel}#${w.fallback}`));

it('without routes everything goes over every channel from its severity on', () => {
  const some = { ...routing(), channels: [{ name: 'chat', minSeverity: 'warning' as const }, { name: 'sms', minSeverity: 'critical' as const }] };
  expect(names(ALERT, OFFICER, some)).toEqual(['chat']);
  expect(names({ ...ALERT, severity: 'critical' }, OFFICER, some)).toEqual(['chat', 'sms']);
  expect(names({ ...ALERT, severity: 'info' }, OFFICER, some)).toEqual([]);
});

it.each([
  [{ roles: ['duty_officer'] as const }, OFFICER, CONTACT],
  [{ departments: ['jiaoyu'] }, CONTACT, OFFICER],
])('a route for %j is for those people only', (when, yes, no) => {
  const r = routing(route({ when, send: ['chat'] }));
  expect(names(ALERT, yes, r)).toEqual(['chat']);
  expect(names(ALERT, no, r)).toEqual([]);
});

it.each([
  [{ classes: ['major'] as const }, { caseClass: 'major' as const }],
  [{ severities: ['info'] as const }, { severity: 'info' as const }],
  [{ topics: ['食品药品'] as const }, { topic: '食品药品' as const }],
  [{ regions: ['990200'] }, { region: '990205' }],
])('a route for %j is for such alerts only', (when, fitting) => {
  const r = routing(route({ when, send: ['chat'] }));
  expect(names({ ...ALERT, ...fitting }, OFFICER, r)).toEqual(['chat']);
  expect(names(ALERT, OFFICER, r)).toEqual([]);
});

it('every route that fits adds its channels, each once; what is sent at once is no fallback', () => {
  const r = routing(route({ send: ['chat'], fallback: ['mail', 'sms'] }), route({ when: { roles: ['duty_officer'] }, send: ['chat', 'mail'] }));
  expect(names(ALERT, OFFICER, r)).toEqual(['chat', 'mail', 'sms#1']);
  expect(names(ALERT, CONTACT, r)).toEqual(['chat', 'mail#1', 'sms#2']);
});

it('hours are Beijing hours, over midnight too, the end excluded', () => {
  const r = routing(route({ when: { hours: { from: 8 * 60, to: 18 * 60 } }, send: ['chat'] }), route({ when: { hours: { from: 18 * 60, to: 8 * 60 } }, send: ['sms'] }));
  expect(names(ALERT, OFFICER, r, NOON)).toEqual(['chat']);
  expect(names(ALERT, OFFICER, r, NIGHT)).toEqual(['sms']);
  expect(names(ALERT, OFFICER, r, new Date('2026-11-21T18:00:00+08:00'))).toEqual(['sms']);
  expect(names(ALERT, OFFICER, r, new Date('2026-11-21T07:59:59+08:00'))).toEqual(['sms']);
});

describe('an urgent alert', () => {
  it.each([EMERGENCY, { ...ALERT, severity: 'critical' as const }])('%j goes at every hour', (alert) => {
    const r = routing(route({ when: { hours: { from: 480, to: 1080 } }, send: ['sms'] }));
    expect(names(alert, OFFICER, r, NIGHT)).toEqual(['sms']);
  });

  it('that no route has foreseen goes over every channel', () => {
    const r = routing(route({ when: { topics: ['教育'] }, send: ['chat'] }));
    expect(names(EMERGENCY, OFFICER, r)).toEqual(['chat', 'mail', 'sms']);
    expect(names({ severity: 'critical', caseClass: null, topic: null, region: null }, OFFICER, r)).toEqual(['chat', 'mail', 'sms']);
  });

  it('passes channels kept for what is critical, whatever its own severity', () => {
    const r: AlertRouting = { channels: [{ name: 'sms', minSeverity: 'critical' }], routes: [], digestMinutes: 0 };
    expect(names({ ...EMERGENCY, severity: 'info' }, OFFICER, r)).toEqual(['sms']);
  });

  it('is never held for a digest', () => {
    const r = routing(route({ send: ['chat'], digestMinutes: 60 }));
    expect(planWays(EMERGENCY, OFFICER, r, NOON)[0]!.digestMinutes).toBe(0);
    expect(planWays({ ...ALERT, severity: 'critical' }, OFFICER, r, NOON)[0]!.digestMinutes).toBe(0);
  });
});

it('only 提示 waits for the digest unless a route says otherwise; of several the shortest', () => {
  const digest = (alert: RoutedAlert, ...routes: AlertRoute[]) => planWays(alert, OFFICER, routing(...routes), NOON)[0]!.digestMinutes;
  expect(digest({ ...ALERT, severity: 'info' }, route({ send: ['chat'] }))).toBe(30);
  expect(digest(ALERT, route({ send: ['chat'] }))).toBe(0);
  expect(digest(ALERT, route({ send: ['chat'], digestMinutes: 60 }), route({ send: ['mail'], digestMinutes: 10 }))).toBe(10);
  expect(digest({ ...ALERT, severity: 'info' }, route({ send: ['chat'], digestMinutes: 0 }))).toBe(0);
});

it('what wants a receipt does not wait, and passes a channel for 预警', () => {
  const assigned = { ...ALERT, severity: 'info' as const, wantsReceipt: true };
  expect(planWays(assigned, OFFICER, { channels: [{ name: 'sms', minSeverity: 'warning' }], routes: [], digestMinutes: 30 }, NOON)).toEqual([
    { channel: 'sms', fallback: 0, digestMinutes: 0 },
  ]);
});

it('digests of one length end on one grid', () => {
  expect(digestEnd(30, new Date('2026-11-21T12:00:00+08:00')).toISOString()).toBe('2026-11-21T04:30:00.000Z');
  expect(digestEnd(30, new Date('2026-11-21T12:29:59+08:00')).toISOString()).toBe('2026-11-21T04:30:00.000Z');
});
