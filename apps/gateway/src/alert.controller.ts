import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import type { Principal } from '@app/accounts';
import { AlertBox } from '@app/response';
import { Allow } from './allow';
import { Me } from './principal';
import { Problem } from './problem';
import { count, id, ZodPipe } from './zod.pipe';

const seq = z.coerce
  .number({ error: '须为整数' })
  .int('须为整数')
  .min(0, '不小于 0')
  .max(Number.MAX_SAFE_INTEGER, '过大');
const query = z.strictObject({ afterSeq: seq.optional(), beforeSeq: seq.optional(), limit: count(500, 100) });

/** One's own alerts: newest first, or upwards from a seq one already has. */
@Controller('api/v1/alerts')
export class AlertController {
  constructor(private readonly box: AlertBox) {}

  @Get()
  @Allow('alert.read')
  async list(@Me() me: Principal, @Query(new ZodPipe(query)) q: z.infer<typeof query>) {
    const [alerts, unread] = await Promise.all([
      q.afterSeq === undefined
        ? this.box.latest(me.accountId, q.limit, q.beforeSeq ?? null)
        : this.box.inbox(me.accountId, q.afterSeq, q.limit),
      this.box.unread(me.accountId),
    ]);
    return { alerts, unread };
  }

  /** For everybody whom it names, over every channel: who has it, and who does not. */
  @Get(':id/deliveries')
  @Allow('alert.read')
  async deliveries(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) alertId: string) {
    const deliveries = await this.box.deliveries(me.accountId, alertId);
    if (deliveries === null) throw new Problem(404, `您没有编号为 ${alertId} 的预警`);
    return { deliveries };
  }

  @Post('read-all')
  @HttpCode(200)
  @Allow('own.use')
  async readAll(@Me() me: Principal) {
    return { read: await this.box.markAllRead(me.accountId) };
  }

  @Post(':id/read')
  @HttpCode(204)
  @Allow('own.use')
  async read(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) alertId: string): Promise<void> {
    if (!(await this.box.markRead(me.accountId, alertId))) throw new Problem(404, `您没有编号为 ${alertId} 的预警`);
  }
}
