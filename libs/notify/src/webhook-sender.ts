import { createHmac } from 'node:crypto';
import type { ChannelSettings } from '@app/settings';
import { postJson, statusFault, tryPost } from './http-post';
import type { Message } from './message';
import type { Recipient, Sender, SendResult } from './sender';

/**
 * A generic webhook. `X-Huiying-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`: the time
 * is signed too, so that a recorded request cannot be replayed later. `Idempotency-Key` is the alert's key.
 */
export class WebhookSender implements Sender {
  readonly group = true;
  readonly limits = [];

  constructor(
    readonly channel: Extract<ChannelSettings, { kind: 'webhook' }>,
    private readonly unixSeconds: () => Promise<number>,
  ) {}

  async send(message: Message, to: readonly Recipient[]): Promise<SendResult> {
    const alert = message.alerts[0]!;
    const body = JSON.stringify({
      key: message.key,
      type: message.kind,
      severity: message.severity,
      kind: alert.kind,
      title: message.kind === 'single' ? alert.title : message.title,
      body: message.kind === 'single' ? alert.body : message.lines.join('\n'),
      lines: message.lines,
      url: message.url,
      count: message.count,
      caseId: alert.caseId,
      clockId: alert.clockId,
      createdAt: alert.createdAt,
      recipients: to.map((r) => r.displayName),
    });
    const t = await this.unixSeconds();
    const headers = {
      'idempotency-key': message.key,
      'x-huiying-signature': signatureOf(this.channel.secret ?? '', t, body),
    };
    return tryPost(() => postJson(this.channel.url, body, headers, this.channel.timeoutSeconds), statusFault);
  }

  close(): void {
    // Holds nothing open.
  }
}

export function signatureOf(secret: string, unixSeconds: number, body: string): string {
  return `t=${unixSeconds},v1=${createHmac('sha256', secret).update(`${unixSeconds}.${body}`).digest('hex')}`;
}
