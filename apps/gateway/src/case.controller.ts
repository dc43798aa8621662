import { Controller, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import type { Principal } from '@app/accounts';
import { beijingIso, CASE_CLASSES, CASE_STATES, LEVELS, TOPICS, type WireCase } from '@app/domain';
import { Board } from '@app/response';
import { Now } from '@app/storage';
import { Allow } from './allow';
import { CaseSearch } from './case-search';
import { Me } from './principal';
import { Problem } from './problem';
import { Sight } from './sight';
import { SourceReader } from './source-reader';
import { count, id, typed, words, ZodPipe } from './zod.pipe';

const query = z.strictObject({
  state: z.enum([...CASE_STATES, 'open', 'closed'], `须为其中之一：${CASE_STATES.join('、')}、open、closed`).optional(),
  level: z.enum(LEVELS, `须为其中之一：${LEVELS.join('、')}`).optional(),
  topic: z.enum(TOPICS, `须为其中之一：${TOPICS.join('、')}`).optional(),
  departmentId: typed(64).optional(),
  caseClass: z.enum(CASE_CLASSES, `须为其中之一：${CASE_CLASSES.join('、')}`).optional(),
  q: words.optional(),
  beforeId: id.optional(),
  page: count(10_000, 1),
  size: count(500, 50),
});

/** What is open, what was, and everything about one. */
@Controller('api/v1')
export class CaseController {
  constructor(
    private readonly board: Board,
    private readonly search: CaseSearch,
    private readonly sight: Sight,
    private readonly sources: SourceReader,
    private readonly now: Now,
  ) {}

  @Get('board')
  @Allow('board.read')
  async duty(@Me() me: Principal) {
    const [cases, totals, now] = await Promise.all([this.search.open(me), this.search.totals(me), this.now.now()]);
    return { now: beijingIso(now), cases, totals };
  }

  @Get('cases')
  @Allow('case.read')
  async list(@Me() me: Principal, @Query(new ZodPipe(query)) q: z.infer<typeof query>) {
    return { ...(await this.search.find(me, q)), page: q.page, size: q.size };
  }

  @Get('cases/:id')
  @Allow('case.read')
  async one(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) caseId: string): Promise<WireCase> {
    await this.sight.caseSeen(me, caseId);
    const found = await this.board.loadCase(caseId);
    if (!found) throw new Problem(404, `没有编号为 ${caseId} 的事件`);
    return { ...found, items: found.items.map((i) => ({ ...i, sourceTitle: this.sources.titleOf(i.sourceName) })) };
  }
}
