import { type Action, permits, type Viewer } from './rights';

/** What a token (a program's key) is allowed, as words an administrator ticks; each opens some actions of the rights table. */
export const TOKEN_SCOPES = {
  /** A monitoring vendor's: hands in items, reads nothing but what became of them. */
  'push-items': ['item.push'],
  'read-items': ['item.read', 'source.read'],
  'read-cases': ['board.read', 'case.read', 'clock.read', 'department.read'],
  'read-stats': ['stats.read'],
  'read-rules': ['rule.read', 'calendar.read'],
  'read-roster': ['roster.read'],
  'read-alerts': ['alert.read'],
  'read-audit': ['audit.read'],
  /** 签收, 登记回应, 交办 …: as far as the role of the person goes whose token it is. */
  'write-cases': ['case.sign-for', 'case.evidence', 'case.reply', 'case.return', 'case.assign', 'case.override', 'case.reject', 'case.close'],
} as const satisfies Record<string, readonly Action[]>;

export type TokenScope = keyof typeof TOKEN_SCOPES;
export const SCOPE_NAMES = Object.keys(TOKEN_SCOPES) as [TokenScope, ...TokenScope[]];

export const SCOPE_TEXT: Record<TokenScope, string> = {
  'push-items': '推送信息',
  'read-items': '读取信息与来源',
  'read-cases': '读取事件与时限',
  'read-stats': '读取统计',
  'read-rules': '读取规则与日历',
  'read-roster': '读取值班表',
  'read-alerts': '读取本人预警',
  'read-audit': '读取审计',
  'write-cases': '办理事件',
};

/** `system`: a program of its own; `personal`: acts as the person it belongs to, never beyond the person's rights. */
export type TokenKind = 'system' | 'personal';

/** A person's token pushes nothing; a program without a person has no alerts and decides on no case. */
const NOT_FOR: Record<TokenKind, readonly TokenScope[]> = { system: ['read-alerts', 'write-cases'], personal: ['push-items'] };

export function scopesFor(kind: TokenKind): TokenScope[] {
  return SCOPE_NAMES.filter((s) => !NOT_FOR[kind].includes(s));
}

/** The scopes that open an action; empty: no token does. */
export function scopesOf(action: Action): TokenScope[] {
  return SCOPE_NAMES.filter((s) => (TOKEN_SCOPES[s] as readonly Action[]).includes(action));
}

/** What a token may do: its scopes, within what its holder may. A program looks as the auditor does: it reads and changes nothing. */
export function tokenMay(holder: Viewer, scopes: readonly TokenScope[], action: Action): boolean {
  if (!scopesOf(action).some((s) => scopes.includes(s))) return false;
  return action === 'item.push' || permits(holder, action);
}
