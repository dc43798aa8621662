import type { DataSource } from 'typeorm';
import { openAccountBook } from '@app/accounts';
import type { Role } from '@app/domain';

/** Adds an account and signs in over REST, as a browser does. */
export async function openSession(
  db: DataSource,
  base: string,
  username: string,
  role: Role,
  departmentId?: string,
): Promise<{ cookie: string; get: (path: string) => Promise<unknown> }> {
  const made = await openAccountBook(db).add({ username, displayName: username, role, ...(departmentId ? { departmentId } : {}) }, 'bench');
  if (!made.ok) throw new Error(made.reason);
  let cookie = '';
  const send = async (method: string, path: string, body?: unknown, csrf = ''): Promise<unknown> => {
    const response = await fetch(`${base}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', origin: base, cookie, 'x-csrf-token': csrf },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const set = response.headers.getSetCookie().find((c) => c.startsWith('huiying_session='));
    if (set) cookie = set.split(';')[0] ?? '';
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? {} : response.json();
  };
  const me = (await send('POST', '/session', { username, password: made.oneTimePassword })) as { csrfToken?: string };
  await send('POST', '/me/password', { current: made.oneTimePassword, next: 'correct horse battery' }, me.csrfToken);
  return { cookie, get: (path) => send('GET', path) };
}
