import { changeFault, roleFault } from './user.command';

describe('huiying user change', () => {
  it('wants something to change, and a role that there is', () => {
    expect(changeFault({})).toContain('nothing to change');
    expect(changeFault({ role: 'boss' })).toContain('allowed is one of duty_officer');
    expect(changeFault({ role: 'leader' })).toBeNull();
    expect(changeFault({ region: 'none' })).toBeNull();
  });
});

describe('huiying user add', () => {
  it('names the option that a role of a department needs', () => {
    expect(roleFault({ role: 'department_head' })).toContain('--role department_head needs --department ID');
    expect(roleFault({ role: 'department_contact' })).toContain('--department ID');
    expect(roleFault({ role: 'department_head', department: 'yingji' })).toBeNull();
    expect(roleFault({ role: 'leader' })).toBeNull();
    expect(roleFault({ role: 'boss' })).toContain('allowed is one of duty_officer');
  });
});
