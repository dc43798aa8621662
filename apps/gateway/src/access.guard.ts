import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { ApiKeys, type Principal, sameSecret, SessionDesk } from '@app/accounts';
import { type Action, mayDo, permits, SCOPE_TEXT, scopesOf, tokenMay } from '@app/domain';
import { NEED, type Need } from './allow';
import { sessionToken } from './cookie';
import { isOwnOrigin } from './origin';
import { Problem } from './problem';

export interface SignedRequest extends Request {
  principal: Principal;
}

/** Session, origin, CSRF token and right of every request, in this order; denies what names no action. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly sessions: SessionDesk,
    private readonly keys: ApiKeys,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const need = this.reflector.getAllAndOverride<Need | undefined>(NEED, [context.getHandler(), context.getClass()]);
    if (need === undefined) return false;
    if (context.getType() === 'ws') return mayOnSocket(context, need);
    const request = context.switchToHttp().getRequest<SignedRequest>();
    const changes = !['GET', 'HEAD'].includes(request.method);
    if (changes && !isOwnOrigin(request.headers, request.host)) {
      throw new Problem(403, '请求来自其他网站，已拒绝', { type: 'foreign-origin' });
    }
    if (need === 'open') return true;
    const key = bearerOf(request);
    if (key !== null || need === 'item.push') {
      request.principal = await this.byToken(key);
      checkScope(request.principal, need);
      return true;
    }
    request.principal = await this.principalOf(request);
    if (changes) checkCsrf(request);
    checkRight(request.principal, need);
    return true;
  }

  /** A program shows its key with each request: no cookie that a foreign page could make use of, hence no CSRF token. */
  private async byToken(key: string | null): Promise<Principal> {
    const principal = key === null ? null : await this.keys.find(key);
    if (!principal) throw new Problem(401, KEY_WANTED, { type: 'api-key', headers: { 'www-authenticate': 'Bearer' } });
    return principal;
  }

  private async principalOf(request: Request): Promise<Principal> {
    const token = sessionToken(request.headers.cookie);
    const principal = token === null ? null : await this.sessions.find(token);
    if (!principal) throw new Problem(401, '尚未登录或登录已过期，请重新登录', { type: 'sign-in' });
    return principal;
  }
}

const KEY_WANTED = '须带有效的令牌：Authorization: Bearer hy_…（由管理员发放，或在“我的账号”中建立；可能已过期或吊销）';

function bearerOf(request: Request): string | null {
  const { authorization } = request.headers;
  if (authorization === undefined) return null;
  return /^Bearer\s+(\S+)$/i.exec(authorization)?.[1] ?? '';
}

function checkScope(principal: Principal, action: Action): void {
  if (principal.mustChangePassword) throw new Problem(403, '首次登录须先修改密码', { type: 'must-change-password' });
  if (tokenMay(principal, principal.token?.scopes ?? [], action)) return;
  const wanted = scopesOf(action);
  const said = wanted.length === 0 ? '令牌不能用于这个地址' : `令牌没有所需的权限：${wanted.map((s) => `${s}（${SCOPE_TEXT[s]}）`).join(' 或 ')}`;
  throw new Problem(403, said, { type: 'scope' });
}

function checkCsrf(request: SignedRequest): void {
  const given = request.headers['x-csrf-token'];
  if (typeof given !== 'string' || !sameSecret(given, request.principal.csrfToken)) {
    throw new Problem(403, '页面凭证（x-csrf-token）缺失或已失效，请刷新页面', { type: 'csrf' });
  }
}

function checkRight(principal: Principal, action: Action): void {
  if (principal.mustChangePassword && action !== 'own.use') {
    throw new Problem(403, '首次登录须先修改密码', { type: 'must-change-password' });
  }
  if (!mayDo(principal.role, action)) throw new Problem(403, '您的角色没有此项权限', { type: 'right' });
  if (!permits(principal, action)) {
    throw new Problem(403, '此项不分地区，限定在部分地区的账号不能使用', { type: 'right' });
  }
}

/** A socket was signed in at its handshake; its events need a right like any route. */
function mayOnSocket(context: ExecutionContext, need: Need): boolean {
  const principal = context.switchToWs().getClient<{ data: { principal?: Principal } }>().data.principal;
  return principal !== undefined && need !== 'open' && permits(principal, need);
}
