import { ACTIONS, mayDo } from './rights';
import { SCOPE_NAMES, SCOPE_TEXT, scopesFor, scopesOf, tokenMay } from './token-scope';
import { ROLES } from './wire';

const holder = (role: (typeof ROLES)[number], region: string | null = null) => ({ role, departmentId: null, region });

describe('the scopes of tokens', () => {
  it.each(ROLES)('never give a token of a %s what the role has not', (role) => {
    const beyond = ACTIONS.filter((a) => a !== 'item.push' && tokenMay(holder(role), SCOPE_NAMES, a) && !mayDo(role, a));
    expect(beyond).toEqual([]);
  });

  it('open no action that is not named: accounts, tokens, rules, passwords, unmasked texts', () => {
    const closed = ['own.use', 'user.read', 'user.write', 'token.write', 'item.reveal', 'calendar.load', 'roster.write', 'clock.extend'] as const;
    expect(closed.filter((a) => tokenMay(holder('administrator'), SCOPE_NAMES, a))).toEqual([]);
    expect(tokenMay(holder('administrator'), ['read-cases'], 'item.read')).toBe(false);
    expect(tokenMay(holder('administrator'), ['read-cases'], 'case.read')).toBe(true);
  });

  it('let a program read and push, and change nothing else', () => {
    const changing = ACTIONS.filter((a) => !a.endsWith('.read') && tokenMay(holder('auditor'), SCOPE_NAMES, a));
    expect(changing).toEqual(['item.push']);
    expect(scopesFor('system')).not.toContain('write-cases');
    expect(scopesFor('personal')).not.toContain('push-items');
  });

  it('keep to the region of the token', () => {
    expect(tokenMay(holder('auditor', '990101'), ['read-audit'], 'audit.read')).toBe(false);
    expect(tokenMay(holder('auditor'), ['read-audit'], 'audit.read')).toBe(true);
  });

  it('each have a Chinese name and open something', () => {
    expect(Object.keys(SCOPE_TEXT)).toEqual(SCOPE_NAMES);
    expect(ACTIONS.flatMap(scopesOf).length).toBeGreaterThanOrEqual(SCOPE_NAMES.length);
  });
});
