import { Controller, Get, Header, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Allow } from './allow';
import { Metrics } from './metrics';
import { SystemHealth } from './system-health';

/** For probes and Prometheus: before the sign-in, and counts only, no contents. */
@Controller()
export class HealthController {
  constructor(
    private readonly health: SystemHealth,
    private readonly figures: Metrics,
  ) {}

  @Get('health/live')
  @Allow('open')
  live() {
    return { status: 'ok' };
  }

  @Get('health/ready')
  @Allow('open')
  async ready(@Res({ passthrough: true }) response: Response) {
    const faults = await this.health.faults();
    response.status(faults.length === 0 ? 200 : 503);
    return { status: faults.length === 0 ? 'ok' : 'faulty', faults };
  }

  @Get('health')
  @Allow('open')
  async all(@Res({ passthrough: true }) response: Response) {
    const faults = await this.health.faults();
    response.status(faults.length === 0 ? 200 : 503);
    const figures = await this.health.figures().catch(() => null);
    return { status: faults.length === 0 ? 'ok' : 'faulty', faults, ...figures };
  }

  @Get('metrics')
  @Header('cache-control', 'no-store')
  @Allow('open')
  async metrics(@Res() response: Response): Promise<void> {
    const text = await this.figures.registry.metrics();
    response.type(this.figures.registry.contentType).send(text);
  }
}
