import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { z } from 'zod';
import { AuditChain, type Principal } from '@app/accounts';
import { actorName, CalendarDesk, type NoticeRefusal } from '@app/response';
import { Allow } from './allow';
import { Me } from './principal';
import { Problem } from './problem';
import { typed, ZodPipe } from './zod.pipe';

/** The notice as a file of config/calendar: YAML or JSON. */
const notice = z.strictObject({ text: typed(200_000) });

/** 放假通知: what is loaded, and loading a new or amended one. */
@Controller('api/v1/calendar/notices')
export class CalendarController {
  constructor(
    private readonly desk: CalendarDesk,
    private readonly audit: AuditChain,
  ) {}

  @Get()
  @Allow('calendar.read')
  async list() {
    return { notices: await this.desk.list() };
  }

  /** What adopting it would move; writes nothing. */
  @Post('preview')
  @HttpCode(200)
  @Allow('calendar.load')
  async preview(@Body(new ZodPipe(notice)) { text }: z.infer<typeof notice>) {
    const seen = await this.desk.preview(text);
    if (!seen.ok) throw problemOf(seen);
    return seen;
  }

  /** Adopts it: every process plans with it from here on, and the rules process moves the open clocks. */
  @Post()
  @Allow('calendar.load')
  async adopt(@Me() me: Principal, @Body(new ZodPipe(notice)) { text }: z.infer<typeof notice>) {
    const done = await this.desk.adopt(text, actorName(me), (tx, file, versions) => {
      const titles = file.notices.map((n) => n.title);
      const entry = { actor: me.username, action: 'calendar.load', object: `calendar:${file.year}` };
      return this.audit.append({ ...entry, data: { titles, ...versions } }, tx);
    });
    if (!done.ok) throw problemOf(done);
    const { version, coverageUntil } = done.calendar;
    return { version, coverageUntil };
  }
}

function problemOf({ status, faults }: NoticeRefusal): Problem {
  return new Problem(status, faults.map((f) => f.reason).join('；'), { field: 'text', faults });
}
