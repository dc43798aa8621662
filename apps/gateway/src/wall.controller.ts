import { Controller, Get } from '@nestjs/common';
import type { Principal } from '@app/accounts';
import type { WireWall } from '@app/domain';
import { Allow } from './allow';
import { Me } from './principal';
import { WallReader } from './wall-reader';

/** 大屏. */
@Controller('api/v1/wall')
export class WallController {
  constructor(private readonly wall: WallReader) {}

  @Get()
  @Allow('stats.read')
  load(@Me() me: Principal): Promise<WireWall> {
    return this.wall.load(me);
  }
}
