import { type Directory, highestOffice, nextOffice, officesAbove, planRecipients } from './recipients';

const NOBODY: Directory = { holders: [], shifts: [], rostered: new Set() };
const STAFF: Directory = {
  holders: [
    { accountId: '1', role: 'duty_officer', departmentId: null },
    { accountId: '2', role: 'department_contact', departmentId: 'yj' },
    { accountId: '3', role: 'department_head', departmentId: 'yj' },
    { accountId: '4', role: 'department_contact', departmentId: 'zj' },
    { accountId: '5', role: 'leader', departmentId: null },
    { accountId: '9', role: 'administrator', departmentId: null },
  ],
  shifts: [],
  rostered: new Set(),
};

const to = (audience: Parameters<typeof planRecipients>[0]['audience'], departmentId: string | null, dir: Directory) =>
  planRecipients({ audience, departmentId }, dir);

describe('whom an alert reaches', () => {
  it('the holders of its offices, of its own department only', () => {
    expect(to(['duty_officer', 'department_contact'], 'yj', STAFF)).toMatchObject({
      accountIds: ['1', '2'],
      reached: ['duty_officer', 'department_contact'],
      lastResort: false,
    });
  });

  it('the next higher office when one is empty', () => {
    expect(to(['department_head'], 'zj', STAFF)).toMatchObject({
      accountIds: ['5'],
      reached: ['leader'],
      empty: ['department_head', 'deputy_leader'],
    });
  });

  it('not the leader only because the case is with no department yet', () => {
    expect(to(['duty_officer', 'department_contact', 'department_head'], null, STAFF).accountIds).toEqual(['1']);
    expect(to(['department_contact'], null, STAFF).accountIds).toEqual(['5']);
  });

  it('the administrators when no office up to the leader holds anybody', () => {
    const onlyAdmin = { ...STAFF, holders: STAFF.holders.filter((h) => h.role === 'administrator') };
    expect(to(['duty_officer'], null, onlyAdmin)).toMatchObject({ accountIds: ['9'], reached: [], lastResort: true });
    expect(to([], null, STAFF)).toMatchObject({ accountIds: ['9'], lastResort: true });
    expect(to(['leader'], null, NOBODY).accountIds).toEqual([]);
  });
});

describe('a roster', () => {
  const shift = { accountId: '1', office: 'duty_officer', departmentId: null, standInFor: null } as const;

  it('decides who is the duty officer: off shift is off shift', () => {
    expect(
      to(['duty_officer'], null, { ...STAFF, rostered: new Set(['duty_officer']), shifts: [shift] }).accountIds,
    ).toEqual(['1']);
    const unmanned = { ...STAFF, rostered: new Set(['duty_officer'] as const) };
    expect(to(['duty_officer'], 'yj', unmanned)).toMatchObject({ accountIds: ['2'], reached: ['department_contact'] });
  });

  it('lets a stand-in take the place of the one stood in for', () => {
    const standIn = { accountId: '4', office: 'department_head', departmentId: 'yj', standInFor: '3' } as const;
    const dir = { ...STAFF, rostered: new Set(['department_head'] as const), shifts: [standIn] };
    expect(to(['department_head'], 'yj', dir).accountIds).toEqual(['4']);
  });

  it('holds nobody whose account is disabled', () => {
    const dir = { ...STAFF, rostered: new Set(['duty_officer'] as const), shifts: [{ ...shift, accountId: '77' }] };
    expect(to(['duty_officer'], null, dir).reached).toEqual(['leader']);
  });

  it('names deputy leaders, who have no role of their own', () => {
    const deputy = { accountId: '4', office: 'deputy_leader', departmentId: null, standInFor: null } as const;
    const dir = { ...STAFF, rostered: new Set(['deputy_leader'] as const), shifts: [deputy] };
    expect(to(['deputy_leader'], null, dir).accountIds).toEqual(['4']);
  });
});

describe('offices', () => {
  it('have an order that ends with the leader', () => {
    expect(nextOffice('duty_officer')).toBe('department_contact');
    expect(nextOffice('leader')).toBeNull();
    expect(highestOffice(['duty_officer', 'deputy_leader', 'department_head'])).toBe('deputy_leader');
    expect(highestOffice([])).toBeNull();
  });
});

it('offices that may be climbed to: the lowest of those named and all above it', () => {
  expect(officesAbove(['department_head'])).toEqual(['department_head', 'deputy_leader', 'leader']);
  expect(officesAbove(['leader', 'duty_officer'])).toEqual([
    'duty_officer',
    'department_contact',
    'department_head',
    'deputy_leader',
    'leader',
  ]);
  expect(officesAbove([])).toEqual([]);
});
