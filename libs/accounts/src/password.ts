import { hash, verify, Algorithm } from '@node-rs/argon2';
import { randomInt } from 'node:crypto';
import { SHORTEST_PASSWORD } from '@app/domain';

/** OWASP password storage: argon2id, 19 MiB, 2 passes, 1 lane. One sign-in costs about 30 ms. */
const ARGON = {
  algorithm: 2 satisfies Algorithm.Argon2id as Algorithm,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
};

/** Longest password taken: argon2 would hash megabytes at our cost. */
const LONGEST = 256;

/** The head of every leaked list that passes the length rule, and what offices in China fall back on. */
const COMMON = new Set([
  '1234567890',
  '0123456789',
  '12345678910',
  '123456789a',
  'a123456789',
  '1234567890a',
  'qwertyuiop',
  '1q2w3e4r5t',
  'qwerty12345',
  'password123',
  'password1234',
  'passw0rd123',
  'admin12345',
  'admin123456',
  'administrator',
  'woaini1314',
  'woaini5201314',
  '5201314520',
  'iloveyou123',
  '1111111111',
  '0000000000',
  '8888888888',
  '6666666666',
  'aaaaaaaaaa',
  'abc1234567',
  'abcd123456',
  'huiying123',
  'huiying1234',
  'huiying123456',
  'welcome123',
  'changeme123',
  'qazwsxedcrfv',
  '1qaz2wsx3edc',
  'zaq12wsxcde3',
  'asdfghjkl123',
  'q1w2e3r4t5',
  'p@ssw0rd123',
  'p@ssword123',
  'gov.cn12345',
  'zhengfu123',
  'mima123456',
  'mima1234567',
]);

/** What is wrong with a new password, in Chinese; null when it may be used. Pure. */
export function passwordFault(password: string, username: string): string | null {
  const points = [...password].length;
  if (points < SHORTEST_PASSWORD) return `密码至少 ${SHORTEST_PASSWORD} 个字符，现在是 ${points} 个`;
  if (password.length > LONGEST) return `密码最多 ${LONGEST} 个字符`;
  const low = password.toLowerCase();
  if (low === username.toLowerCase() || low.split('').reverse().join('') === username.toLowerCase())
    return '密码不能与用户名相同';
  if (username.length >= 3 && low.replaceAll(username.toLowerCase(), '').length < 4)
    return '密码不能只是用户名加几个字符';
  if (COMMON.has(low) || new Set(low).size < 4) return '密码过于常见，请换一个';
  return null;
}

export function hashPassword(password: string): Promise<string> {
  return hash(password, ARGON);
}

/**
 * Compares against the stored hash. Without one (no such account) the same work is done against a hash
 * that nothing matches, so that the answer's time does not tell which user names exist.
 */
export async function passwordMatches(stored: string | null, password: string): Promise<boolean> {
  if (password.length > LONGEST) return false;
  const against = stored ?? (await nobody());
  const same = await verify(against, password);
  return stored !== null && same;
}

let nobodyHash: Promise<string> | undefined;
function nobody(): Promise<string> {
  nobodyHash ??= hash(oneTimePassword(), ARGON);
  return nobodyHash;
}

/** Without letters and digits that are taken for one another when read aloud or copied from paper. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** 16 characters, 93 bits: printed once, to be changed at the first sign-in. */
export function oneTimePassword(): string {
  const pick = () => ALPHABET[randomInt(ALPHABET.length)];
  return Array.from({ length: 4 }, () => Array.from({ length: 4 }, pick).join('')).join('-');
}
