import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { AuditChain, type Principal } from '@app/accounts';
import type { WireWebhook } from '@app/domain';
import { WebhookBook } from '@app/notify';
import { SETTINGS, type Settings } from '@app/settings';
import { Allow } from './allow';
import { Me } from './principal';
import { Problem } from './problem';
import { ZodPipe } from './zod.pipe';

const name = z.string().regex(/^[a-z][a-z0-9-]{1,31}$/, '须为事件推送的名称');

/** 事件推送: how the subscriptions of config/webhooks.yaml fare. */
@Controller('api/v1/webhooks')
export class WebhookController {
  private readonly book: WebhookBook;

  constructor(
    dataSource: DataSource,
    private readonly audit: AuditChain,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    this.book = new WebhookBook(dataSource);
  }

  @Get()
  @Allow('webhook.read')
  async list(): Promise<{ webhooks: WireWebhook[] }> {
    return { webhooks: await this.book.list(this.settings.webhooks) };
  }

  /** Paused or waiting for its next try: it is tried now. */
  @Post(':name/resume')
  @HttpCode(204)
  @Allow('webhook.write')
  async resume(@Me() me: Principal, @Param('name', new ZodPipe(name, 'name')) wanted: string): Promise<void> {
    const entry = { actor: me.username, action: 'webhook.resume', object: `webhook:${wanted}` };
    const resumed = await this.book.resume(wanted, (tx) => this.audit.append(entry, tx));
    if (!resumed) throw new Problem(404, `没有名为 ${wanted} 的事件推送，或它没有启用`);
  }
}
