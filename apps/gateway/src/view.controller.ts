import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { type Principal, ViewBook } from '@app/accounts';
import { Allow } from './allow';
import { Me } from './principal';
import { orRefuse, Problem } from './problem';
import { id, typed, ZodPipe } from './zod.pipe';

const view = z.strictObject({
  name: typed(20),
  /** As the board's page keeps it: which field holds what. */
  filter: z
    .record(z.string().regex(/^[a-zA-Z]{1,24}$/, '须为字段名'), z.union([z.string().max(100, '最多 100 个字'), z.boolean()]))
    .refine((f) => Object.keys(f).length <= 20, '最多 20 个条件'),
});

/** One's own named filters of the board (视图). */
@Controller('api/v1/me/views')
export class ViewController {
  constructor(private readonly book: ViewBook) {}

  @Get()
  @Allow('own.use')
  async list(@Me() me: Principal) {
    return { views: await this.book.list(me.accountId) };
  }

  @Post()
  @HttpCode(200)
  @Allow('own.use')
  async save(@Me() me: Principal, @Body(new ZodPipe(view)) body: z.infer<typeof view>) {
    return { view: orRefuse(await this.book.save(me.accountId, body.name, body.filter)).view };
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('own.use')
  async remove(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) viewId: string): Promise<void> {
    if (!(await this.book.remove(me.accountId, viewId))) throw new Problem(404, `您没有编号为 ${viewId} 的视图`);
  }
}
