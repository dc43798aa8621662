import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { type ApiKey, ApiKeys, type Principal } from '@app/accounts';
import { beijingIso, SCOPE_NAMES, type WireToken } from '@app/domain';
import { Allow } from './allow';
import { Me } from './principal';
import { orRefuse, Problem } from './problem';
import { RegionSight } from './region-sight';
import { id, typed, ZodPipe } from './zod.pipe';

const scopes = z.array(z.enum(SCOPE_NAMES, `须为其中之一：${SCOPE_NAMES.join('、')}`), '须为列表').min(1, '至少选择一项权限').max(20, '过多');
const days = z.int('须为整数').min(1, '1–3650 天').max(3650, '1–3650 天').nullish();
const system = z.strictObject({ name: typed(40), scopes, region: typed(64, 0).nullish(), days });
/** A token of a person always ends: it is forgotten more easily than a password. */
const own = z.strictObject({ name: typed(40), scopes, days: z.int('须为整数').min(1, '1–366 天').max(366, '1–366 天') });
const idParam = new ZodPipe(id, 'id');

/** Tokens (令牌): programs' by administrators, persons' by themselves. The key itself is in one answer only. */
@Controller('api/v1')
export class TokenController {
  constructor(
    private readonly keys: ApiKeys,
    private readonly regions: RegionSight,
  ) {}

  @Get('tokens')
  @Allow('token.read')
  async list() {
    return { tokens: (await this.keys.list()).map(wire) };
  }

  @Post('tokens')
  @Allow('token.write')
  async add(@Me() me: Principal, @Body(new ZodPipe(system)) b: z.infer<typeof system>) {
    const region = b.region ? this.regions.typedCode(b.region) : null;
    const { id: made, key } = orRefuse(await this.keys.add({ ...b, region, accountId: null }, me.username));
    return { id: made, key };
  }

  /** Anybody's: a token found lying about is ended at once. */
  @Delete('tokens/:id')
  @HttpCode(204)
  @Allow('token.write')
  async revoke(@Me() me: Principal, @Param('id', idParam) tokenId: string): Promise<void> {
    if (!(await this.keys.revoke(tokenId, me.username))) throw missing(tokenId);
  }

  @Get('me/tokens')
  @Allow('own.use')
  async listOwn(@Me() me: Principal) {
    return { tokens: (await this.keys.list(me.accountId)).map(wire) };
  }

  @Post('me/tokens')
  @Allow('own.use')
  async addOwn(@Me() me: Principal, @Body(new ZodPipe(own)) b: z.infer<typeof own>) {
    const { id: made, key } = orRefuse(await this.keys.add({ ...b, accountId: me.accountId }, me.username));
    return { id: made, key };
  }

  @Delete('me/tokens/:id')
  @HttpCode(204)
  @Allow('own.use')
  async revokeOwn(@Me() me: Principal, @Param('id', idParam) tokenId: string): Promise<void> {
    if (!(await this.keys.revoke(tokenId, me.username, me.accountId))) throw missing(tokenId);
  }
}

const missing = (tokenId: string): Problem => new Problem(404, `没有编号为 ${tokenId} 的有效令牌`);
const iso = (at: Date | null): string | null => at && beijingIso(at);

function wire({ accountId: _, ...k }: ApiKey): WireToken {
  return { ...k, createdAt: beijingIso(k.createdAt), expiresAt: iso(k.expiresAt), lastUsedAt: iso(k.lastUsedAt), revokedAt: iso(k.revokedAt) };
}
