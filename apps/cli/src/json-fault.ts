type Wanted = 'a value' | 'a value or ]' | 'a key' | 'a key or }' | ':' | ', or ]' | ', or }' | 'end of the line';

const TOKEN =
  /[ \t\r\n]*([{}[\]:,]|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w))/y;

/**
 * Where a text stops being JSON: the column (from 1), what stands there and what could stand there.
 * Own, because the engine's message names no place for a short text and changes with its version.
 * null for a text that is JSON.
 */
export function jsonFault(text: string): { column: number; found: string; wanted: string } | null {
  const open: string[] = [];
  let wanted: Wanted = 'a value';
  for (let at = 0; ; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) {
      const rest = text.slice(at).trimStart();
      if (rest === '' && wanted === 'end of the line') return null;
      return { column: text.length - rest.length + 1, found: foundIn(rest), wanted };
    }
    const next = step(wanted, token, open);
    if (next === null) return { column: TOKEN.lastIndex - token.length + 1, found: foundIn(token), wanted };
    wanted = next;
  }
}

/** What may follow; null where the token may not stand here. `open` holds the brackets that wait for their end. */
function step(wanted: Wanted, token: string, open: string[]): Wanted | null {
  const sign = '{}[]:,'.includes(token);
  if (wanted === 'a value' || wanted === 'a value or ]') {
    if (token === '{' || token === '[') {
      open.push(token);
      return token === '{' ? 'a key or }' : 'a value or ]';
    }
    if (!sign) return after(open);
    return token === ']' && wanted === 'a value or ]' ? closed(open) : null;
  }
  if (wanted === 'a key' || wanted === 'a key or }') {
    if (token.startsWith('"')) return ':';
    return token === '}' && wanted === 'a key or }' ? closed(open) : null;
  }
  if (wanted === ':') return token === ':' ? 'a value' : null;
  if (wanted === 'end of the line') return null;
  if (token === ',') return wanted === ', or }' ? 'a key' : 'a value';
  return token === wanted.at(-1) ? closed(open) : null;
}

function closed(open: string[]): Wanted {
  open.pop();
  return after(open);
}

function after(open: string[]): Wanted {
  if (open.length === 0) return 'end of the line';
  return open.at(-1) === '{' ? ', or }' : ', or ]';
}

function foundIn(rest: string): string {
  if (rest === '') return 'the end';
  return JSON.stringify(rest.length > 12 ? `${rest.slice(0, 12)}…` : rest);
}
