import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { EngineHealth } from '@app/response';
import { SETTINGS, type Settings } from '@app/settings';
import { postJson, statusFault, tryPost } from './http-post';

/** Behind by more than this, the alarm system is not well: the sign is withheld, and its watcher calls. */
export const WELL_WITHIN_MS = 60_000;
const TIMEOUT_SECONDS = 10;

/**
 * 生命信号 (dead man's switch): while clocks fire and alerts are addressed in time, a sign goes to an address outside at every
 * interval. Whoever watches that address alarms when it stays away: then this machine, its database or its network is
 * down, and nothing here can tell anybody.
 */
@Injectable()
export class LifeSign implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('LifeSign');
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<unknown> = Promise.resolve();
  private lastFault = '';

  constructor(
    private readonly engine: EngineHealth,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'alerts' | 'deployment'>,
  ) {}

  onApplicationBootstrap(): void {
    const wanted = this.settings.alerts.lifeSign;
    if (wanted === null) return;
    const round = (): void => void (this.running = this.send());
    this.timer = setInterval(round, wanted.everySeconds * 1000);
    round();
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.running;
  }

  /** @returns whether the sign was sent and taken */
  async send(): Promise<boolean> {
    const wanted = this.settings.alerts.lifeSign;
    if (wanted === null) return false;
    const fault = await this.fault();
    if (fault !== null) return this.say(`withheld: ${fault}`);
    const body = JSON.stringify({ system: 'huiying', deployment: this.settings.deployment.name, at: new Date().toISOString() });
    const sent = await tryPost(() => postJson(wanted.url, body, {}, TIMEOUT_SECONDS), statusFault);
    return sent.ok ? this.say('') : this.say(`not taken: ${sent.fault}`);
  }

  private async fault(): Promise<string | null> {
    try {
      const { lagMs, unaddressedMs } = await this.engine.load();
      if (lagMs > WELL_WITHIN_MS) return `clocks fire ${Math.round(lagMs / 1000)} s late`;
      return unaddressedMs > WELL_WITHIN_MS ? `an alert has waited ${Math.round(unaddressedMs / 1000)} s for its recipients` : null;
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** Each change is said once. */
  private say(fault: string): boolean {
    if (fault !== '' && fault !== this.lastFault) this.logger.error(`life sign ${fault}`);
    if (fault === '' && this.lastFault !== '') this.logger.log('life sign goes out again');
    this.lastFault = fault;
    return fault === '';
  }
}
