import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { AlertFeed } from './live/alert-feed';
import { LiveSessions } from './live/live-sessions';
import { SystemHealth } from './system-health';

/** Figures for Prometheus under huiying_*; read when scraped, so that nothing runs for nobody. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  private readonly http = new Histogram({
    name: 'huiying_http_request_seconds',
    help: 'Duration of HTTP requests by route',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [this.registry],
  });

  constructor(
    private readonly live: LiveSessions,
    private readonly feed: AlertFeed,
    private readonly health: SystemHealth,
  ) {
    collectDefaultMetrics({ register: this.registry, prefix: 'huiying_' });
    this.gauge('huiying_sockets_connected', 'Socket.IO clients of this process', () => this.live.size);
    this.gauge(
      'huiying_alerts_delivered_total',
      'Alerts confirmed by a client of this process',
      () => this.feed.delivered,
    );
    this.engineGauges();
    this.sourceGauge();
  }

  /** Express middleware; the route's pattern, never its path, is the label. */
  readonly measure = (request: Request, response: Response, next: NextFunction): void => {
    const stop = this.http.startTimer();
    response.on('finish', () => {
      const route = (request.route as { path?: string } | undefined)?.path ?? 'other';
      stop({ method: request.method, route, status: response.statusCode });
    });
    next();
  };

  private gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(value());
      },
    });
  }

  private engineGauges(): void {
    const { health, registry } = this;
    new Gauge({
      name: 'huiying_engine_lag_seconds',
      help: 'How long the oldest due clock has been waiting; 0 when none is due',
      registers: [registry],
      async collect() {
        this.set((await health.figures()).engine.lagSeconds);
      },
    });
    new Gauge({
      name: 'huiying_heartbeat_age_seconds',
      help: 'Age of the freshest heartbeat by kind of process',
      labelNames: ['kind'],
      registers: [registry],
      async collect() {
        this.reset();
        // The listing is by kind; of several processes the freshest tells whether the kind lives.
        const freshest = new Map<string, number>();
        for (const { kind, ageSeconds } of (await health.figures()).processes) freshest.set(kind, Math.min(ageSeconds, freshest.get(kind) ?? Infinity));
        for (const [kind, age] of freshest) this.set({ kind }, age);
      },
    });
  }

  private sourceGauge(): void {
    const { health, registry } = this;
    new Gauge({
      name: 'huiying_sources',
      help: 'Sources by state',
      labelNames: ['state'],
      registers: [registry],
      async collect() {
        this.reset();
        for (const [state, n] of Object.entries((await health.figures()).sources)) this.set({ state }, n);
      },
    });
  }
}
