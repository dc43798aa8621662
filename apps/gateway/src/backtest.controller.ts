import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { AuditChain, type Principal } from '@app/accounts';
import { BacktestDesk } from '@app/stats';
import { Allow } from './allow';
import { Me } from './principal';
import { orRefuse, Problem } from './problem';
import { id, typed, ZodPipe } from './zod.pipe';

const asked = z.strictObject({
  title: typed(100),
  packs: z.array(typed(100), '须为列表').min(1, '至少选一个规则包').max(3, '最多三个规则包'),
  lines: z.string('须为文字').min(2, '没有内容'),
});

/** 回测: a real history held against rule packs. Texts are deleted once they are judged. */
@Controller('api/v1/backtests')
export class BacktestController {
  constructor(
    private readonly desk: BacktestDesk,
    private readonly audit: AuditChain,
  ) {}

  @Get()
  @Allow('backtest.read')
  async list() {
    return { packs: this.desk.packs(), runs: await this.desk.list() };
  }

  @Get(':id')
  @Allow('backtest.read')
  async load(@Param('id', new ZodPipe(id, 'id')) runId: string) {
    const found = await this.desk.load(runId);
    if (!found) throw new Problem(404, `没有编号为 ${runId} 的回测`);
    return found;
  }

  @Post()
  @Allow('backtest.run')
  async ask(@Me() me: Principal, @Body(new ZodPipe(asked)) body: z.infer<typeof asked>) {
    const { title, packs } = body;
    const { value } = orRefuse(
      await this.desk.ask(me.displayName, body, (tx, run) => this.audit.append({ actor: me.username, action: 'backtest.run', object: `backtest:${run}`, data: { title, packs } }, tx)),
    );
    return { id: value };
  }
}
