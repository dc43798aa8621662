import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { sameSecret, SessionDesk } from '@app/accounts';
import { boundToDepartment, isWhole, mayDo } from '@app/domain';
import { SETTINGS, type Settings } from '@app/settings';
import { sessionToken } from './cookie';

const LOOPBACK = /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/;
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip'];

/**
 * Who reads the figures of /health and /metrics: a program on this machine, one with the token of the settings, or a
 * signed-in person. A request that a proxy handed on does not come from this machine, wherever the proxy stands.
 */
@Injectable()
export class ProbeAccess {
  constructor(
    private readonly sessions: SessionDesk,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  program(request: Request): boolean {
    const handedOn = FORWARDED.some((name) => request.headers[name] !== undefined);
    if (!handedOn && LOOPBACK.test(request.socket.remoteAddress ?? '')) return true;
    const given = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const { metricsToken } = this.settings.server;
    return given !== undefined && metricsToken !== null && sameSecret(given, metricsToken);
  }

  /** `part`: somebody bound to a part of the deployment, who reads no figures of the whole. */
  async person(request: Request): Promise<'whole' | 'part' | null> {
    const token = sessionToken(request.headers.cookie);
    const principal = token === null ? null : await this.sessions.find(token).catch(() => null);
    if (principal === null || principal.mustChangePassword || !mayDo(principal.role, 'board.read')) return null;
    return isWhole(principal) && !boundToDepartment(principal.role) ? 'whole' : 'part';
  }
}
