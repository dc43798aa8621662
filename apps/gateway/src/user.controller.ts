import { Body, Controller, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { z } from 'zod';
import { AccountBook, AccountChange, type AccountRow, given, maskedContact, type Principal } from '@app/accounts';
import { beijingIso, isWhole, regionCovers, ROLES } from '@app/domain';
import { AccountMove, type Moved } from '@app/response';
import { Allow } from './allow';
import { LiveSessions } from './live/live-sessions';
import { Me } from './principal';
import { orRefuse, Problem } from './problem';
import { RegionSight } from './region-sight';
import { Sight } from './sight';
import { id, typed, ZodPipe } from './zod.pipe';

const newUser = z.strictObject({
  username: typed(32),
  displayName: typed(40),
  role: z.enum(ROLES, `须为其中之一：${ROLES.join('、')}`),
  departmentId: typed(64).nullish(),
  region: typed(64).nullish(),
  email: typed(254).nullish(),
  phone: typed(20).nullish(),
});
/** What is left out stays; a department or region of null takes it away. */
const place = z.strictObject({
  displayName: typed(40).optional(),
  role: z.enum(ROLES, `须为其中之一：${ROLES.join('、')}`).optional(),
  departmentId: typed(64).nullish(),
  region: typed(64).nullish(),
});
/** What is left out stays; null or an empty text takes it away. */
const contact = z
  .strictObject({ email: typed(254, 0).nullable().optional(), phone: typed(20, 0).nullable().optional() })
  .transform((c) => given({ email: c.email === '' ? null : c.email, phone: c.phone === '' ? null : c.phone }));

@Controller('api/v1/users')
export class UserController {
  constructor(
    private readonly accounts: AccountBook,
    private readonly changes: AccountChange,
    private readonly moves: AccountMove,
    private readonly live: LiveSessions,
    private readonly regions: RegionSight,
    private readonly sight: Sight,
  ) {}

  @Get()
  @Allow('user.read')
  async list(@Me() me: Principal) {
    const all = await this.accounts.list();
    return { users: all.filter((a) => manages(me, a.effectiveRegion)).map(wireUser) };
  }

  @Post()
  @Allow('user.write')
  async add(@Me() me: Principal, @Body(new ZodPipe(newUser)) body: z.infer<typeof newUser>) {
    const region = body.region ? this.regions.typedCode(body.region) : isWhole(me) ? null : me.region;
    if (!manages(me, region)) throw new Problem(422, 'region：须为您的地区或其下级', { field: 'region' });
    if (body.departmentId) await this.sight.departmentSeen(me, body.departmentId);
    const made = orRefuse(await this.accounts.add({ ...body, region }, me.username));
    return { user: wireUser(made.account), oneTimePassword: made.oneTimePassword };
  }

  /** 变更角色、部门、地区: in force from the next request on; open dashboards of that person begin anew. */
  @Put(':id')
  @Allow('user.write')
  async change(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) userId: string,
    @Body(new ZodPipe(place)) body: z.infer<typeof place>,
  ): Promise<UserChanged> {
    await this.managed(me, userId);
    if (body.departmentId) await this.sight.departmentSeen(me, body.departmentId);
    const region = body.region ? this.regions.typedCode(body.region) : body.region;
    const wanted = { ...body, region: region === null && !isWhole(me) ? me.region : region };
    const done = orRefuse(
      await this.changes.change(userId, wanted, me.username, {
        allowed: (after) =>
          manages(me, after.effectiveRegion)
            ? null
            : { ok: false, status: 422, field: 'region', reason: 'region：须为您的地区或其下级' },
        follow: (tx, { after, whole, officeChanged }) =>
          this.moves.follow(
            tx,
            userId,
            { role: after.role, departmentId: after.departmentId, region: after.effectiveRegion, whole },
            officeChanged,
          ),
      }),
    );
    if (done.moved) await this.live.recheck();
    return { user: wireUser(done.account), changed: done.moved, ...done.followed };
  }

  @Put(':id/contact')
  @Allow('user.write')
  async contact(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) userId: string,
    @Body(new ZodPipe(contact)) body: z.infer<typeof contact>,
  ) {
    await this.managed(me, userId);
    return { user: wireUser(orRefuse(await this.accounts.setContact(userId, body, me.username)).account) };
  }

  @Post(':id/disable')
  @HttpCode(200)
  @Allow('user.write')
  async disable(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) userId: string) {
    await this.managed(me, userId);
    const done = orRefuse(await this.accounts.disable(userId, me.username));
    await this.live.recheck();
    return { user: wireUser(done.account) };
  }

  @Post(':id/reset-password')
  @HttpCode(200)
  @Allow('user.write')
  async reset(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) userId: string) {
    await this.managed(me, userId);
    const done = orRefuse(await this.accounts.resetPassword(userId, me.username));
    await this.live.recheck();
    return { user: wireUser(done.account), oneTimePassword: done.oneTimePassword };
  }

  /** What one may not see does not exist. */
  private async managed(me: Principal, userId: string): Promise<void> {
    const within = await this.regions.accountsWithin(me);
    if (within !== null && !within.has(userId)) throw new Problem(404, `没有编号为 ${userId} 的账号`);
  }
}

/** An administrator of a county manages the accounts of that county alone, and gives nobody a wider view than the own. */
export function manages(me: Principal, region: string | null): boolean {
  return isWhole(me) || (region !== null && me.region !== null && regionCovers(me.region, region));
}

/** What it lost with it is told where something changed. */
type UserChanged = { user: ReturnType<typeof wireUser>; changed: boolean } & Partial<Moved>;

/** Contact data is stored whole and shown masked: to send needs it, to look does not. */
function wireUser(a: AccountRow) {
  return {
    ...a,
    ...maskedContact(a),
    createdAt: beijingIso(a.createdAt),
    lockedUntil: a.lockedUntil && beijingIso(a.lockedUntil),
  };
}
