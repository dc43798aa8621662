import { Body, Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { AccountBook, AccountsPolicy, type Principal, sessionKeyOf, SignIn } from '@app/accounts';
import { isWhole, type WireMe } from '@app/domain';
import { Allow } from './allow';
import { endedCookie, sessionCookie, sessionToken } from './cookie';
import { LiveSessions } from './live/live-sessions';
import { Me } from './principal';
import { orRefuse, Problem } from './problem';
import { typed, ZodPipe } from './zod.pipe';

/** Lengths only: the rules for passwords are for new ones, and a wrong one gets one wording. */
const credentials = z.strictObject({
  username: typed(64),
  password: z.string('须为文字').min(1, '不能为空').max(1024, '最多 1024 个字符'),
});
const change = z.strictObject({
  current: z.string('须为文字').max(1024, '过长'),
  next: z.string('须为文字').max(1024, '过长'),
});

@Controller('api/v1')
export class SessionController {
  constructor(
    private readonly desk: SignIn,
    private readonly accounts: AccountBook,
    private readonly policy: AccountsPolicy,
    private readonly live: LiveSessions,
  ) {}

  @Post('session')
  @HttpCode(200)
  @Allow('open')
  async signIn(
    @Body(new ZodPipe(credentials)) body: z.infer<typeof credentials>,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<WireMe> {
    const held = sessionToken(request.headers.cookie);
    const result = await this.desk.signIn(
      body.username.toLowerCase(),
      body.password,
      request.ip ?? '',
      held && sessionKeyOf(held),
    );
    if (!result.ok) {
      const headers = result.waitSeconds ? { 'retry-after': String(result.waitSeconds) } : undefined;
      throw new Problem(result.status, result.reason, {
        type: result.status === 429 ? 'locked' : 'credentials',
        headers,
      });
    }
    response.setHeader('set-cookie', sessionCookie(result.token, request.secure, this.policy.absoluteSeconds));
    return wireMe(result.principal);
  }

  @Delete('session')
  @HttpCode(204)
  @Allow('own.use')
  async signOut(
    @Me() me: Principal,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.desk.signOut(me);
    await this.live.recheck();
    response.setHeader('set-cookie', endedCookie(request.secure));
  }

  @Get('me')
  @Allow('own.use')
  me(@Me() me: Principal): WireMe {
    return wireMe(me);
  }

  @Post('me/password')
  @HttpCode(204)
  @Allow('own.use')
  async changePassword(@Me() me: Principal, @Body(new ZodPipe(change)) body: z.infer<typeof change>): Promise<void> {
    orRefuse(await this.accounts.changePassword(me, body.current, body.next));
    await this.live.recheck();
  }
}

function wireMe(p: Principal): WireMe {
  return {
    id: p.accountId,
    username: p.username,
    displayName: p.displayName,
    role: p.role,
    departmentId: p.departmentId,
    departmentName: p.departmentName,
    region: p.region,
    whole: isWhole(p),
    mustChangePassword: p.mustChangePassword,
    csrfToken: p.csrfToken,
  };
}
