import { type Action, ACTIONS, boundToDepartment, mayDo, maySee, permits, regionCovers, WHOLE_ACTIONS } from './rights';
import { type Role, ROLES } from './wire';

/** One letter a role: o duty officer, c contact, h head, l leader, a administrator, u auditor. */
const LETTERS: Record<string, Role> = {
  o: 'duty_officer',
  c: 'department_contact',
  h: 'department_head',
  l: 'leader',
  a: 'administrator',
  u: 'auditor',
};

/** Written by hand, not read from the table it checks: a cell that changes there must be changed here too. */
const WANTED: Record<Action, string> = {
  'own.use': 'ochlau',
  'board.read': 'ochlau',
  'case.read': 'ochlau',
  'case.sign-for': 'ochla',
  'case.evidence': 'ochla',
  'case.assign': 'ola',
  'case.override': 'ola',
  'case.reject': 'ola',
  'case.close': 'ohla',
  'case.return': 'ch',
  'case.reply': 'ochla',
  'case.transfer': 'ola',
  'case.reopen': 'ola',
  'draft.write': 'ochla',
  'draft.first': 'ochla',
  'draft.second': 'ohla',
  'draft.final': 'hla',
  'clock.suspend': 'la',
  'clock.resume': 'la',
  'clock.extend': 'la',
  'clock.read': 'ochlau',
  'item.read': 'ochlau',
  'item.reveal': 'oa',
  'item.push': '',
  'item.enter': 'ochla',
  'item.file': 'ochla',
  'handover.read': 'olau',
  'handover.write': 'ola',
  'review.read': 'olau',
  'review.decide': 'ola',
  'quality.read': 'olau',
  'override.read': 'au',
  'alert.read': 'ochlau',
  'channel.read': 'olau',
  'channel.test': 'a',
  'source.read': 'ochlau',
  'source.try': 'oa',
  'source.write': 'a',
  'department.read': 'ochlau',
  'department.write': 'a',
  'stats.read': 'ochlau',
  'report.read': 'olau',
  'assessment.read': 'ochlau',
  'assessment.mark': 'la',
  'assessment.appeal': 'ch',
  'assessment.answer': 'la',
  'accountability.read': 'olau',
  'accountability.decide': 'la',
  'backtest.read': 'olau',
  'backtest.run': 'la',
  'rule.read': 'ochlau',
  'calendar.read': 'ochlau',
  'calendar.load': 'a',
  'matter.start': 'ochla',
  'ledger.read': 'ochlau',
  'ledger.import': 'ola',
  'item.import': 'ola',
  'roster.read': 'ochlau',
  'roster.write': 'la',
  'user.read': 'au',
  'user.write': 'a',
  'token.read': 'au',
  'token.write': 'a',
  'webhook.read': 'au',
  'webhook.write': 'a',
  'audit.read': 'au',
};

const cells = ACTIONS.flatMap((action) =>
  Object.entries(LETTERS).map(([letter, role]) => [role, action, WANTED[action].includes(letter)] as const),
);

describe('the table of rights', () => {
  it.each(cells)('%s · %s: %s', (role, action, may) => {
    expect(mayDo(role, action)).toBe(may);
  });

  it('names every role and every action', () => {
    expect(new Set(Object.values(LETTERS))).toEqual(new Set(ROLES));
    expect(Object.keys(WANTED).sort()).toEqual([...ACTIONS].sort());
  });

  it('gives a person bound to a part of the deployment nothing that has no region', () => {
    const part = { role: 'administrator' as const, departmentId: null, region: '990101' };
    expect(ACTIONS.filter((a) => mayDo('administrator', a) && !permits(part, a)).sort()).toEqual([...WHOLE_ACTIONS].sort());
    expect(ACTIONS.filter((a) => mayDo('administrator', a) && !permits({ ...part, whole: true }, a))).toEqual([]);
  });

  it('lets the auditor change nothing', () => {
    const changing = ACTIONS.filter((a) => !a.endsWith('.read') && a !== 'own.use');
    expect(changing.filter((a) => mayDo('auditor', a))).toEqual([]);
  });
});

describe('which rows a person sees', () => {
  const row = (departmentId: string | null, region: string | null, supporting: string[] = []) => ({ departmentId, region, supporting });

  it('binds contacts and heads to their department', () => {
    expect(ROLES.filter(boundToDepartment)).toEqual(['department_contact', 'department_head']);
    const contact = { role: 'department_contact' as const, departmentId: 'water', region: null };
    expect(maySee(contact, row('water', null))).toBe(true);
    expect(maySee(contact, row('roads', null))).toBe(false);
    expect(maySee(contact, row(null, null))).toBe(false);
    // What was handed to the department is its own wherever it happened.
    expect(maySee({ ...contact, region: '990101' }, row('water', '990102'))).toBe(true);
    expect(maySee({ ...contact, departmentId: null }, row(null, null))).toBe(false);
  });

  it('shows a case to the units that support it, wherever it happened', () => {
    const contact = { role: 'department_contact' as const, departmentId: 'water', region: '990101' };
    expect(maySee(contact, row('roads', '990101', ['fire', 'water']))).toBe(true);
    expect(maySee(contact, row('roads', '990102', ['fire', 'water']))).toBe(true);
    expect(maySee(contact, row('roads', '990101', ['fire']))).toBe(false);
    expect(maySee({ ...contact, departmentId: null }, row(null, null))).toBe(false);
  });

  it('shows a bounded account nothing of a second county', () => {
    const officer = { role: 'duty_officer' as const, departmentId: null, region: '990101' };
    expect(maySee(officer, row('water', '990101'))).toBe(true);
    expect(maySee(officer, row('water', '990102'))).toBe(false);
    expect(maySee(officer, { ...row('water', '990102'), departmentRegion: '990102' })).toBe(false);
  });

  it('shows what nobody can place to those answerable for the whole deployment, not to each of its counties', () => {
    const county = { role: 'duty_officer' as const, departmentId: null, region: '990101' };
    expect(maySee(county, row(null, null))).toBe(false);
    expect(maySee({ ...county, whole: true }, row(null, null))).toBe(true);
    expect(maySee({ ...county, region: null }, row(null, null))).toBe(true);
  });

  it('shows a matter to the region of its place and to that of its department', () => {
    const of = (region: string) => ({ role: 'duty_officer' as const, departmentId: null, region });
    const lent = { departmentId: 'b-fire', supporting: [], region: '990101', departmentRegion: '990102' };
    expect(['990101', '990102', '990100'].map((r) => maySee(of(r), lent))).toEqual([true, true, true]);
    expect(maySee(of('990103'), lent)).toBe(false);
    expect(maySee(of('990102'), { ...lent, region: null })).toBe(true);
  });

  it.each([
    ['990100', '990101', true],
    ['990000', '990101', true],
    ['990101', '990100', false],
    ['990101', '990102', false],
    ['990101', '990101003', true],
    ['990101003', '990101003204', true],
    ['990101003', '990101004', false],
    ['990101003000', '990101003204', true],
    ['赣州市', '赣州市/寻乌县', true],
    ['赣州市', '赣州市乙', false],
    ['赣州市/寻乌县', '赣州市', false],
  ])('%s covers %s: %s', (above, below, covers) => {
    expect(regionCovers(above, below)).toBe(covers);
  });
});
