import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import type { Principal } from '@app/accounts';
import { LEVELS } from '@app/domain';
import { Allow } from './allow';
import { ItemReader } from './item-reader';
import { ItemSearch } from './item-search';
import { Me } from './principal';
import { count, id, instant, typed, words, ZodPipe } from './zod.pipe';

const query = z.strictObject({
  beforeId: id.optional(),
  limit: count(200, 50),
  level: z.enum(LEVELS, `须为其中之一：${LEVELS.join('、')}`).optional(),
  sourceName: typed(64).optional(),
  from: instant.optional(),
  to: instant.optional(),
  q: words.optional(),
  fold: z.enum(['yes', 'no'], '须为其中之一：yes、no').default('no'),
});

/** What comes in. */
@Controller('api/v1')
export class ItemController {
  constructor(
    private readonly items: ItemReader,
    private readonly search: ItemSearch,
  ) {}

  @Get('items')
  @Allow('item.read')
  async list(@Me() me: Principal, @Query(new ZodPipe(query)) q: z.infer<typeof query>) {
    return this.items.list(me, { ...q, fold: q.fold === 'yes' });
  }

  /** Loads what a search needs: the page calls it when somebody goes to the field. */
  @Get('search/ready')
  @Allow('item.read')
  async ready() {
    await this.search.warm();
    return { ready: true };
  }
}
