import { kindsFor } from './evidence-kind';

describe('registering a response', () => {
  it('offers a settlement to those who may close a case', () => {
    expect(kindsFor('duty_officer')).toContain('settlement');
    expect(kindsFor('department_head')).toContain('settlement');
  });

  it('offers everything else to the others', () => {
    expect(kindsFor('department_contact')).toEqual(kindsFor('duty_officer').filter((k) => k !== 'settlement'));
    expect(kindsFor('department_contact')).toContain('release');
  });
});
