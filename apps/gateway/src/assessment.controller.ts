import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { AuditChain, type Principal } from '@app/accounts';
import { boundToDepartment } from '@app/domain';
import { AssessmentDesk, type WireAssessment } from '@app/stats';
import { Allow } from './allow';
import { Me } from './principal';
import { orRefuse, Problem } from './problem';
import { Sight } from './sight';
import { id, typed, ZodPipe } from './zod.pipe';

const year = z.string('须为年份').regex(/^20\d\d$/, '须为 2000–2099 的年份').transform(Number);
const points = z.number('须为数字').min(0, '0–100').max(100, '0–100');
const mark = z.strictObject({ departmentId: typed(64), indicator: typed(32), points, reason: typed(500, 2) });
const appeal = z.strictObject({ indicator: typed(32), reason: typed(1000, 2) });
const answer = z.strictObject({ upheld: z.boolean('须为是或否'), points: points.nullish().transform((p) => p ?? null), reason: typed(1000, 2) });

/** 考评: scores with the way they were reached, marks of persons, appeals and their answers. */
@Controller('api/v1/assessments')
export class AssessmentController {
  constructor(
    private readonly desk: AssessmentDesk,
    private readonly sight: Sight,
    private readonly audit: AuditChain,
  ) {}

  @Get(':year')
  @Allow('assessment.read')
  async load(@Me() me: Principal, @Param('year', new ZodPipe(year, 'year')) wanted: number): Promise<WireAssessment & { bounded: boolean }> {
    const bounded = boundToDepartment(me.role);
    const all = await this.desk.load(wanted, bounded ? (me.departmentId ?? '') : undefined);
    if (bounded) return { ...all, bounded };
    const seen = await Promise.all(all.departments.map((d) => this.sight.seesDepartment(me, d.departmentId)));
    return { ...all, departments: all.departments.filter((_, i) => seen[i]), bounded: seen.includes(false) };
  }

  @Post(':year/marks')
  @HttpCode(200)
  @Allow('assessment.mark')
  async mark(@Me() me: Principal, @Param('year', new ZodPipe(year, 'year')) of: number, @Body(new ZodPipe(mark)) body: z.infer<typeof mark>) {
    const entry = { actor: me.username, action: 'assessment.mark', object: `department:${body.departmentId}`, data: { year: of, ...body } };
    orRefuse(await this.desk.mark(nameOf(me), { year: of, ...body }, (tx) => this.audit.append(entry, tx)));
    return { ok: true };
  }

  /** 申诉 of the own department. */
  @Post(':year/appeals')
  @Allow('assessment.appeal')
  async appeal(@Me() me: Principal, @Param('year', new ZodPipe(year, 'year')) of: number, @Body(new ZodPipe(appeal)) body: z.infer<typeof appeal>) {
    if (me.departmentId === null) throw new Problem(409, '您的账号没有所属部门，不能申诉');
    const entry = { actor: me.username, action: 'assessment.appeal', object: `department:${me.departmentId}`, data: { year: of, ...body } };
    const { value } = orRefuse(await this.desk.appeal(nameOf(me), { year: of, departmentId: me.departmentId, ...body }, (tx) => this.audit.append(entry, tx)));
    return { id: value };
  }

  @Post('appeals/:id/answer')
  @HttpCode(200)
  @Allow('assessment.answer')
  async answer(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) appealId: string, @Body(new ZodPipe(answer)) body: z.infer<typeof answer>) {
    const entry = { actor: me.username, action: 'assessment.answer', object: `appeal:${appealId}`, data: body };
    orRefuse(await this.desk.answer(nameOf(me), appealId, body, (tx) => this.audit.append(entry, tx)));
    return { ok: true };
  }
}

const nameOf = (me: Principal): string => (me.displayName === me.username ? me.username : `${me.displayName}（${me.username}）`);
