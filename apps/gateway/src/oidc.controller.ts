import { Controller, Get, Inject, Logger, Query, Req, Res } from '@nestjs/common';
import { parse, serialize } from 'cookie';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { AccountsPolicy, OidcSignIn, sessionKeyOf } from '@app/accounts';
import { SETTINGS, type Settings } from '@app/settings';
import { Allow } from './allow';
import { Answers } from './answers';
import { sessionCookie, sessionToken } from './cookie';
import { Problem } from './problem';
import { typed, ZodPipe } from './zod.pipe';

const start = z.strictObject({ to: typed(500, 0).optional() });
const STATE = 'huiying_oidc';
const PATH = '/api/v1/oidc';

/** Sign-in at the place's own provider (统一身份认证), where one is set up. */
@Controller('api/v1/oidc')
export class OidcController {
  private readonly logger = new Logger('Oidc');

  constructor(
    private readonly desk: OidcSignIn,
    private readonly policy: AccountsPolicy,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** What the sign-in page shows beside the password. */
  @Get()
  @Allow('open')
  offered() {
    const { oidc } = this.settings.signIn;
    return { name: oidc?.name ?? null };
  }

  @Get('start')
  @Answers()
  @Allow('open')
  async start(
    @Query(new ZodPipe(start)) q: z.infer<typeof start>,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const begun = await this.desk.begin(this.provider(), q.to ?? '/').catch((error: Error) => {
      this.logger.warn(`the provider did not answer: ${error.message}`);
      return null;
    });
    if (begun === null) return response.redirect(302, '/sign-in?oidc=away');
    const { url, state } = begun;
    // Lax: it must come along when the provider sends the browser back.
    response.setHeader(
      'set-cookie',
      serialize(STATE, state, { path: PATH, httpOnly: true, sameSite: 'lax', secure: request.secure, maxAge: 600 }),
    );
    response.redirect(302, url);
  }

  /** Always answers with a page: the browser came here by itself. */
  @Get('callback')
  @Answers()
  @Allow('open')
  async callback(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { cookie } = request.headers;
    const held = sessionToken(cookie);
    const query = request.originalUrl.split('?')[1] ?? '';
    const from = { address: request.ip ?? '', oldSession: held && sessionKeyOf(held) };
    const result = await this.desk.finish(this.provider(), query, cookie ? (parse(cookie)[STATE] ?? null) : null, from);
    const ended = serialize(STATE, '', {
      path: PATH,
      httpOnly: true,
      sameSite: 'lax',
      secure: request.secure,
      maxAge: 0,
    });
    if (!result.ok) {
      response.setHeader('set-cookie', ended);
      return response.redirect(302, `/sign-in?oidc=${result.fault}`);
    }
    response.setHeader('set-cookie', [ended, sessionCookie(result.token, request.secure, this.policy.absoluteSeconds)]);
    response.redirect(302, result.returnTo);
  }

  private provider() {
    const { oidc } = this.settings.signIn;
    if (!oidc) throw new Problem(404, '没有设置统一身份认证（config/huiying.yaml 的 signIn.oidc）');
    return oidc;
  }
}
