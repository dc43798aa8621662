import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccountBook, AuditChain, type Principal } from '@app/accounts';
import type { WireChannel } from '@app/domain';
import { openSender, type SendResult, testMessage } from '@app/notify';
import { ChannelBook } from '@app/response';
import { type ChannelSettings, SETTINGS, type Settings } from '@app/settings';
import { readNow } from '@app/storage';
import { Allow } from './allow';
import { Me } from './principal';
import { Problem } from './problem';
import { typed, ZodPipe } from './zod.pipe';

/** 预警渠道: what each did lately, and a test message. */
@Controller('api/v1/channels')
export class ChannelController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly book: ChannelBook,
    private readonly accounts: AccountBook,
    private readonly audit: AuditChain,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get()
  @Allow('channel.read')
  async list(): Promise<{ channels: WireChannel[]; publicUrl: string | null; routes: number }> {
    const { channels, publicUrl, routes } = this.settings.channels;
    const figures = await this.book.load(channels.map((c) => c.name));
    const wired = channels.map((c, i): WireChannel => ({ ...figures[i]!, ...this.described(c) }));
    return { channels: wired, publicUrl, routes: routes.length };
  }

  /** Sends at once, to the own address or number, or to the group; the answer is the receiver's. */
  @Post(':name/test')
  @HttpCode(200)
  @Allow('channel.test')
  async test(@Me() me: Principal, @Param('name', new ZodPipe(typed(32), 'name')) name: string): Promise<{ ok: boolean; fault: string | null; to: string }> {
    const channel = this.settings.channels.channels.find((c) => c.name === name);
    if (!channel) throw new Problem(404, '没有这个预警渠道，或它没有启用');
    const result = await this.send(channel, me);
    await this.book.note(name, result.ok ? null : result.fault);
    await this.audit.append({ actor: me.username, action: 'channel.test', object: `channel:${name}`, data: { ok: result.ok } });
    return { ok: result.ok, fault: result.ok ? null : result.fault, to: isGroup(channel) ? '群或平台' : '您本人' };
  }

  private async send(channel: ChannelSettings, me: Principal): Promise<SendResult> {
    const sender = openSender(channel, this.dataSource);
    try {
      const now = await readNow(this.dataSource);
      const own = await this.accounts.contactOf(me.accountId);
      const message = testMessage(this.settings.messages, `test:${channel.name}:${now.getTime()}`, me.displayName, now, this.settings.channels.publicUrl);
      return await sender.send(message, [{ accountId: me.accountId, displayName: me.displayName, ...own }]);
    } finally {
      sender.close();
    }
  }

  private described(c: ChannelSettings): Pick<WireChannel, 'title' | 'kind' | 'minSeverity' | 'group' | 'target' | 'routes' | 'quotaPerDay'> {
    const { routes } = this.settings.channels;
    return {
      ...{ title: c.title, kind: c.kind, minSeverity: c.minSeverity, group: isGroup(c), target: targetOf(c) },
      routes: [
        ...routes.filter((r) => r.send.includes(c.name)).map((r) => ({ name: r.name, fallback: false })),
        ...routes.filter((r) => r.fallback.includes(c.name)).map((r) => ({ name: r.name, fallback: true })),
      ],
      quotaPerDay: c.kind === 'sms' ? c.quotaPerDay : null,
    };
  }
}

const isGroup = (c: ChannelSettings): boolean => c.kind !== 'email' && c.kind !== 'sms';

/** Host only: the rest of a robot's address is its key. */
function targetOf(c: ChannelSettings): string {
  if (c.kind === 'email') return `${c.host}:${c.port}`;
  return URL.canParse(c.url) ? new URL(c.url).host : '';
}
