import { Controller, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { SETTINGS, type Settings } from '@app/settings';
import { Allow } from './allow';
import { AnswersPage } from './answers';
import { ReceiptDesk } from './receipt-desk';
import { gonePage, openPage, signedPage } from './receipt-page';

/**
 * 签收链接: a small page for a phone, without signing in and without scripts. Looking changes nothing (programs that
 * preview links only look); the button posts.
 */
@Controller('r')
export class ReceiptController {
  constructor(
    private readonly desk: ReceiptDesk,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get(':token')
  @AnswersPage(404, 410)
  @Allow('open')
  async look(@Param('token') token: string, @Res() response: Response): Promise<void> {
    const link = await this.desk.look(token);
    const { name } = this.settings.deployment;
    if (link?.state === 'open') send(response, 200, openPage(name, link));
    else send(response, link === null ? 404 : 410, gonePage(name, link));
  }

  @Post(':token')
  @HttpCode(200)
  @AnswersPage(404, 410)
  @Allow('open')
  async sign(@Param('token') token: string, @Res() response: Response): Promise<void> {
    const signed = await this.desk.sign(token);
    const { name } = this.settings.deployment;
    if (signed?.link.state === 'open') send(response, 200, signedPage(name, signed.link, signed.forCase));
    else send(response, signed === null ? 404 : 410, gonePage(name, signed?.link ?? null));
  }
}

/** Never kept by a browser or a proxy, never in a search engine. */
function send(response: Response, status: number, page: string): void {
  response
    .status(status)
    .set({ 'cache-control': 'no-store', 'x-robots-tag': 'noindex, nofollow' })
    .type('text/html; charset=utf-8')
    .send(page);
}
