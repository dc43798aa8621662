import { parse, serialize } from 'cookie';

const NAME = 'huiying_session';

/** The session token of a Cookie header, or null. */
export function sessionToken(header: string | undefined): string | null {
  if (header === undefined) return null;
  return parse(header)[NAME] ?? null;
}

/** Not readable by scripts, not sent by other sites, and only over TLS once the sign-in came over TLS. */
export function sessionCookie(token: string, secure: boolean, maxAgeSeconds: number): string {
  return serialize(NAME, token, { path: '/', httpOnly: true, sameSite: 'strict', secure, maxAge: maxAgeSeconds });
}

export function endedCookie(secure: boolean): string {
  return sessionCookie('', secure, 0);
}
