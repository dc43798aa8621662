import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { AttemptBook } from './attempt-book';
import { RequestKeys } from './request-keys';
import { SessionDesk } from './session-desk';

const EVERY_MS = 600_000;

/** Removes sessions that ran out, attempts and request keys long past. Several processes may do it side by side. */
@Injectable()
export class Tidy implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Accounts');
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly sessions: SessionDesk,
    private readonly attempts: AttemptBook,
    private readonly keys: RequestKeys,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.tidy().catch((error: Error) => this.logger.warn(error.message)), EVERY_MS);
  }

  onApplicationShutdown(): void {
    if (this.timer) clearInterval(this.timer);
  }

  private async tidy(): Promise<void> {
    await this.sessions.sweep();
    await this.attempts.sweep();
    await this.keys.sweep();
  }
}
