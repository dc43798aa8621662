import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { AuditChain, type Principal } from '@app/accounts';
import { beijingIso, mayDo, OFFICES, type PlannedShift } from '@app/domain';
import { Roster, type RosterEntry } from '@app/response';
import type { Witness } from '@app/storage';
import type { EntityManager } from 'typeorm';
import { Allow } from './allow';
import { Me } from './principal';
import { orRefuse, Problem } from './problem';
import { RegionSight } from './region-sight';
import { id, instant, typed, ZodPipe } from './zod.pipe';

const LONGEST_VIEW_MS = 100 * 86_400_000;
const date = z.iso.date('须为日期 YYYY-MM-DD');
const office = z.enum(OFFICES, `须为其中之一：${OFFICES.join('、')}`);
const departmentId = typed(64)
  .nullish()
  .transform((v) => v ?? null);
const people = z.array(id).max(100, '最多 100 人');

const span = z.strictObject({ from: instant, to: instant });
const shift = z.strictObject({ accountId: id, office, departmentId, startsAt: instant, endsAt: instant });
const stead = z.strictObject({ accountId: id, from: instant.nullish(), to: instant.nullish() });
const plan = z.strictObject({
  rota: z.strictObject({
    office,
    departmentId,
    handoverMinutes: z
      .array(z.int('须为整数').min(0, '0–1439').max(1439, '0–1439'))
      .min(1, '至少一个交班时刻')
      .max(12, '最多 12 个'),
    countedFrom: date,
    workdays: people.min(1, '至少一人'),
    restDays: people,
  }),
  from: date,
  until: date,
});

/** 值班表: shifts, turns, stand-ins, gaps. */
@Controller('api/v1/roster')
export class RosterController {
  constructor(
    private readonly roster: Roster,
    private readonly audit: AuditChain,
    private readonly regions: RegionSight,
  ) {}

  /** Shifts and gaps of a span; who may be put on duty, for those who plan. */
  @Get()
  @Allow('roster.read')
  async view(@Me() me: Principal, @Query(new ZodPipe(span)) { from, to }: z.infer<typeof span>) {
    const length = to.getTime() - from.getTime();
    if (!(length > 0 && length <= LONGEST_VIEW_MS))
      throw new Problem(422, 'to：须在 from 之后 100 天以内', { field: 'to' });
    const gaps = await this.roster.loadGaps(from, to);
    const near = await this.regions.accountsNear(me);
    const shifts = (await this.roster.load(from, to)).filter((s) => near?.has(s.accountId) ?? true);
    const within = await this.regions.accountsWithin(me);
    return {
      shifts: shifts.map(wireShift),
      rostered: await this.roster.loadRostered(),
      gaps: gaps.map((g) => ({ office: g.office, from: beijingIso(g.from), to: beijingIso(g.to) })),
      people: mayDo(me.role, 'roster.write') ? (await this.roster.people()).filter((p) => within?.has(p.id) ?? true) : [],
    };
  }

  @Post()
  @Allow('roster.write')
  async add(@Me() me: Principal, @Body(new ZodPipe(shift)) body: z.infer<typeof shift>) {
    await this.ownPeople(me, [body.accountId], 'accountId');
    const { ids } = orRefuse(await this.roster.add({ ...body, standInFor: null }, (tx, made) => this.log(tx, me, 'roster.add', made, body)));
    return { ids };
  }

  /** The turns as they would be laid. */
  @Post('plan/preview')
  @HttpCode(200)
  @Allow('roster.write')
  async preview(@Me() me: Principal, @Body(new ZodPipe(plan)) body: z.infer<typeof plan>) {
    await this.ownPeople(me, [...body.rota.workdays, ...body.rota.restDays], 'rota.workdays');
    const { shifts } = orRefuse(await this.roster.plan(body.rota, body.from, body.until));
    return { shifts: shifts.map(wirePlanned) };
  }

  @Post('plan')
  @Allow('roster.write')
  async lay(@Me() me: Principal, @Body(new ZodPipe(plan)) body: z.infer<typeof plan>) {
    await this.ownPeople(me, [...body.rota.workdays, ...body.rota.restDays], 'rota.workdays');
    const { shifts } = orRefuse(await this.roster.plan(body.rota, body.from, body.until));
    const { ids } = orRefuse(await this.roster.lay(shifts, (tx, made) => this.log(tx, me, 'roster.lay', [], { ...body, shifts: made.length })));
    return { laid: ids.length };
  }

  /** 替班. */
  @Post(':id/stand-in')
  @HttpCode(200)
  @Allow('roster.write')
  async standIn(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) shiftId: string,
    @Body(new ZodPipe(stead)) body: z.infer<typeof stead>,
  ) {
    await this.ownShift(me, shiftId);
    await this.ownPeople(me, [body.accountId], 'accountId');
    const witness: Witness<string[]> = (tx, made) => this.log(tx, me, 'roster.stand-in', [shiftId], { ...body, ids: made });
    const { ids } = orRefuse(await this.roster.replace(shiftId, body.accountId, body.from ?? null, body.to ?? null, witness));
    return { ids };
  }

  @Delete(':id')
  @Allow('roster.write')
  async remove(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) shiftId: string) {
    await this.ownShift(me, shiftId);
    const { ids } = orRefuse(await this.roster.remove(shiftId, (tx, gone) => this.log(tx, me, 'roster.remove', gone, {})));
    return { ids };
  }

  /** Who is bound to a region plans with the people of that region alone. */
  private async ownPeople(me: Principal, ids: string[], field: string): Promise<void> {
    const within = await this.regions.accountsWithin(me);
    const stranger = within === null ? undefined : ids.find((i) => !within.has(i));
    if (stranger !== undefined) throw new Problem(422, `${field}：没有编号为 ${stranger} 的账号，或不在您的地区`, { field });
  }

  private async ownShift(me: Principal, shiftId: string): Promise<void> {
    const within = await this.regions.accountsWithin(me);
    if (within === null) return;
    const accountId = await this.roster.holderOf(shiftId);
    if (accountId === null || !within.has(accountId)) throw new Problem(404, `没有编号为 ${shiftId} 的班次`);
  }

  private log(tx: EntityManager, me: Principal, action: string, ids: string[], data: object): Promise<void> {
    return this.audit.append({ actor: me.username, action, object: ids.map((i) => `shift:${i}`).join(' '), data: { ...data } }, tx);
  }
}

function wireShift(s: RosterEntry) {
  return { ...s, startsAt: beijingIso(s.startsAt), endsAt: beijingIso(s.endsAt) };
}

function wirePlanned({ accountId, startsAt, endsAt }: PlannedShift) {
  return { accountId, startsAt: beijingIso(startsAt), endsAt: beijingIso(endsAt) };
}
