import { maskText } from '@app/domain';

/** Where a person's alerts go beside the dashboard. Undefined: not said; null: none. */
export interface Contact {
  email?: string | null;
  phone?: string | null;
}

/** What is wrong with a contact, in Chinese, with its field; null: nothing. */
export function contactFault(c: Contact): { field: 'email' | 'phone'; reason: string } | null {
  // Nothing that could end a header or name a second recipient.
  if (c.email && !/^[^\s@<>,;:"\u0000-\u001f]{1,64}@[^\s@<>,;:"\u0000-\u001f]{1,190}$/.test(c.email))
    return { field: 'email', reason: '邮箱地址格式不正确' };
  if (c.phone && !/^1[3-9]\d{9}$/.test(c.phone)) return { field: 'phone', reason: '手机号须为 11 位数字，以 1 开头' };
  return null;
}

/** Only what was said. */
export function given(c: Contact): Contact {
  return {
    ...(c.email === undefined ? {} : { email: c.email }),
    ...(c.phone === undefined ? {} : { phone: c.phone }),
  };
}

/** As it may be shown: `138******78`, `z****@*******.***`. */
export function maskedContact(c: Contact): Contact {
  const masked = (text: string | null | undefined) => (text ? maskText(text) : text);
  return given({ email: masked(c.email), phone: masked(c.phone) });
}
