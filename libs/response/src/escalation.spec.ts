import { planClimb } from './escalation.service';

const ALERT = {
  id: '7',
  key: '12:due:0',
  kind: 'breach' as const,
  severity: 'critical' as const,
  title: '【已逾期】3日内办结：停水',
  body: '事件 YQ-20261102-0001。',
  caseId: '1',
  clockId: '12',
  rung: 'due',
  reached: ['duty_officer' as const],
  departmentId: 'yj',
  receiptMinutes: 15,
  escalateAt: new Date('2026-11-02T09:15:00+08:00'),
  unreachable: false,
};

describe('an alert without a receipt', () => {
  it('goes to the office above the highest it reached, with a key of its own', () => {
    expect(planClimb(ALERT)).toMatchObject({
      key: '12:due:0^department_contact',
      audience: ['department_contact'],
      raisedFrom: '7',
      receiptMinutes: 15,
      instantAt: ALERT.escalateAt,
      title: '【无人签收】【已逾期】3日内办结：停水',
    });
  });

  it('that no channel could bring to anybody climbs for that reason, and says so', () => {
    const climb = planClimb({ ...ALERT, unreachable: true });
    expect(climb?.title).toBe('【无法送达】【已逾期】3日内办结：停水');
    expect(climb?.body).toContain('各渠道均未能送达，自动上报');
    expect(planClimb({ ...ALERT, title: climb!.title, reached: ['deputy_leader'] })?.title).toBe('【无人签收】【已逾期】3日内办结：停水');
  });

  it('starts from the office that was reached in fact, not from the empty one it was meant for', () => {
    expect(planClimb({ ...ALERT, reached: ['deputy_leader'] })?.audience).toEqual(['leader']);
  });

  it('ends with the leader', () => expect(planClimb({ ...ALERT, reached: ['leader'] })).toBeNull());

  it('ends where only the administrators could be reached: nobody stands above', () => {
    expect(planClimb({ ...ALERT, reached: [] })).toBeNull();
  });
});
