import { Controller, Get, Header, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Allow } from './allow';
import { AlsoAnswers, Answers } from './answers';
import { Metrics } from './metrics';
import { ProbeAccess } from './probe-access';
import { Problem } from './problem';
import { type HealthFigures, SystemHealth } from './system-health';

interface Verdict {
  status: string;
  /** What keeps the system from doing its work. */
  faults: string[];
}

/** For probes and Prometheus. Whether it works is open to all; figures only to whom `ProbeAccess` lets, never contents. */
@Controller()
export class HealthController {
  constructor(
    private readonly health: SystemHealth,
    private readonly figures: Metrics,
    private readonly access: ProbeAccess,
  ) {}

  @Get('health/live')
  @Allow('open')
  live() {
    return { status: 'ok' };
  }

  @Get('health/ready')
  @AlsoAnswers(503)
  @Allow('open')
  async ready(@Res({ passthrough: true }) response: Response) {
    const faults = await this.health.faults();
    response.status(faults.length === 0 ? 200 : 503);
    return { status: faults.length === 0 ? 'ok' : 'faulty', faults };
  }

  @Get('health')
  @AlsoAnswers(503)
  @Allow('open')
  async all(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Verdict & Partial<HealthFigures>> {
    const faults = await this.health.faults();
    response.status(faults.length === 0 ? 200 : 503);
    const verdict = { status: faults.length === 0 ? 'ok' : 'faulty', faults };
    const reader = this.access.program(request) ? 'whole' : await this.access.person(request);
    if (reader === null) return verdict;
    const figures = await this.health.figures().catch(() => null);
    if (figures === null || reader === 'whole') return { ...verdict, ...figures };
    // How much there is to do elsewhere is not for those who see only their own part.
    const { now, processes, engine } = figures;
    return { ...verdict, now, processes, engine };
  }

  @Get('metrics')
  @Header('cache-control', 'no-store')
  @Answers('text/plain')
  @Allow('open')
  async metrics(@Req() request: Request, @Res() response: Response): Promise<void> {
    if (!this.access.program(request)) throw new Problem(403, '须从本机读取，或带 server.metricsToken 的令牌');
    const text = await this.figures.registry.metrics();
    response.type(this.figures.registry.contentType).send(text);
  }
}
