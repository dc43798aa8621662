import { auditHash, canonical, FIRST_HASH } from './audit-chain';

const record = {
  at: new Date('2026-11-21T00:00:00.123Z'),
  actor: 'admin',
  action: 'user.add',
  object: 'account:2',
  data: { b: 1, a: ['x', null] },
};

describe('a record of the audit chain', () => {
  it('has one form whatever the order of its keys', () => {
    expect(canonical({ b: 1, a: { d: [1, { z: 0, y: '"' }], c: null } })).toBe(
      '{"a":{"c":null,"d":[1,{"y":"\\"","z":0}]},"b":1}',
    );
    expect(auditHash(FIRST_HASH, record)).toBe(auditHash(FIRST_HASH, { ...record, data: { a: ['x', null], b: 1 } }));
  });

  it.each([
    ['its time', { at: new Date('2026-11-21T00:00:00.124Z') }],
    ['who did it', { actor: 'root' }],
    ['what was done', { action: 'user.disable' }],
    ['to what', { object: 'account:3' }],
    ['the details', { data: { b: 1, a: ['x', 0] } }],
  ])('changes its hash with %s', (_, change) => {
    expect(auditHash(FIRST_HASH, { ...record, ...change })).not.toBe(auditHash(FIRST_HASH, record));
  });

  it('carries the hash before it', () => {
    expect(auditHash('1'.repeat(64), record)).not.toBe(auditHash(FIRST_HASH, record));
  });
});
