import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import type { Principal } from '@app/accounts';
import { LEVELS } from '@app/domain';
import { Allow } from './allow';
import { ItemReader } from './item-reader';
import { Me } from './principal';
import { count, id, typed, words, ZodPipe } from './zod.pipe';

const query = z.strictObject({
  beforeId: id.optional(),
  limit: count(200, 50),
  level: z.enum(LEVELS, `须为其中之一：${LEVELS.join('、')}`).optional(),
  sourceName: typed(64).optional(),
  q: words.optional(),
});

/** What comes in. */
@Controller('api/v1')
export class ItemController {
  constructor(private readonly items: ItemReader) {}

  @Get('items')
  @Allow('item.read')
  async list(@Me() me: Principal, @Query(new ZodPipe(query)) q: z.infer<typeof query>) {
    return this.items.list(me, q);
  }
}
