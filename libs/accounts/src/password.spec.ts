import { hashPassword, oneTimePassword, passwordFault, passwordMatches } from './password';

describe('a new password', () => {
  it.each([
    ['short1234', '密码至少 10 个字符，现在是 9 个'],
    ['zhangsanfeng', '密码不能与用户名相同'],
    ['gnefnasgnahz', '密码不能与用户名相同'],
    ['ZhangSanFeng123', '密码不能只是用户名加几个字符'],
    ['1234567890', '密码过于常见，请换一个'],
    ['ADMIN123456', '密码过于常见，请换一个'],
    ['ababababababab', '密码过于常见，请换一个'],
    ['x'.repeat(257), '密码最多 256 个字符'],
  ])('%s is refused: %s', (password, why) => {
    expect(passwordFault(password, 'zhangsanfeng')).toBe(why);
  });

  it.each(['correct horse battery', '云溪县政务舆情回应值班', oneTimePassword()])('%s is taken', (password) => {
    expect(passwordFault(password, 'zhangsan')).toBeNull();
  });
});

describe('the stored hash', () => {
  it('is argon2id, salted, and matches its own password only', async () => {
    const [a, b] = await Promise.all([hashPassword('correct horse battery'), hashPassword('correct horse battery')]);
    expect(a).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(a).not.toBe(b);
    expect(await passwordMatches(a, 'correct horse battery')).toBe(true);
    expect(await passwordMatches(a, 'Correct horse battery')).toBe(false);
  });

  it('costs an unknown user name the same work and never matches', async () => {
    expect(await passwordMatches(null, 'correct horse battery')).toBe(false);
  });
});

it('one-time passwords differ and have no letters that look alike', () => {
  const many = Array.from({ length: 500 }, oneTimePassword);
  expect(new Set(many).size).toBe(500);
  for (const p of many) expect(p).toMatch(/^[a-zA-Z2-9]{4}(-[a-zA-Z2-9]{4}){3}$/);
  expect(many.join('')).not.toMatch(/[lIO01]/);
});
