import { Controller, Get, Inject, Param } from '@nestjs/common';
import type { Principal } from '@app/accounts';
import { reportText } from '@app/domain';
import { Board } from '@app/response';
import { SETTINGS, type Settings } from '@app/settings';
import { Now } from '@app/storage';
import { Allow } from './allow';
import { Me } from './principal';
import { Problem } from './problem';
import { Sight } from './sight';
import { id, ZodPipe } from './zod.pipe';

/** 第一时间报告: the text prepared from the case. A person edits and sends it, and registers the report (登记回应). */
@Controller('api/v1/cases/:id/report-up')
export class ReportUpController {
  constructor(
    private readonly board: Board,
    private readonly sight: Sight,
    private readonly now: Now,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get()
  @Allow('case.read')
  async prepared(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) caseId: string): Promise<{ title: string; text: string }> {
    await this.sight.caseSeen(me, caseId);
    const [found, now] = await Promise.all([this.board.loadCase(caseId), this.now.now()]);
    if (!found || this.settings.reportUp === null) throw new Problem(404, `没有编号为 ${caseId} 的事件`);
    return reportText(this.settings.reportUp, found, now);
  }
}
