import { Logger } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { z } from 'zod';
import { SessionDesk } from '@app/accounts';
import { beijingIso } from '@app/domain';
import { AlertBox } from '@app/response';
import { Now } from '@app/storage';
import { Allow } from '../allow';
import { sessionToken } from '../cookie';
import { id } from '../zod.pipe';
import { AlertFeed } from './alert-feed';
import { type LiveServer, LiveSessions, type LiveSocket, scopeRoom } from './live-sessions';

const handshake = z.object({ lastSeq: z.int().min(0).optional() });
const read = z.object({ alertId: id });

/** Sockets: who may open one, which rooms it joins, and what it may say. */
@WebSocketGateway()
export class LiveGateway implements OnGatewayInit, OnGatewayConnection, OnGatewayDisconnect {
  private readonly logger = new Logger('LiveGateway');
  private reading: Promise<Date> | null = null;

  constructor(
    private readonly sessions: SessionDesk,
    private readonly live: LiveSessions,
    private readonly feed: AlertFeed,
    private readonly box: AlertBox,
    private readonly now: Now,
  ) {}

  afterInit(server: LiveServer): void {
    this.live.serve(server);
    server.use((socket, next) => {
      this.admit(socket).then(
        () => next(),
        (error: Error) => next(error),
      );
    });
  }

  async handleConnection(socket: LiveSocket): Promise<void> {
    const { principal } = socket.data;
    this.live.add(socket);
    await socket.join([
      `role:${principal.role}`,
      `account:${principal.accountId}`,
      ...(principal.departmentId === null ? [] : [`department:${principal.departmentId}`]),
      scopeRoom(principal),
    ]);
    try {
      const [now] = await Promise.all([this.readNow(), this.feed.open(socket)]);
      socket.emit('time', { now: beijingIso(now) });
    } catch (error) {
      // Without the database nothing can be replayed: the client comes back by itself.
      this.logger.warn({
        message: `a socket was sent away: ${(error as Error).message}`,
        accountId: principal.accountId,
      });
      socket.disconnect(true);
    }
  }

  /** Those who come at the same moment are told the same time. */
  private readNow(): Promise<Date> {
    this.reading ??= this.now.now().finally(() => (this.reading = null));
    return this.reading;
  }

  handleDisconnect(socket: LiveSocket): void {
    this.live.drop(socket);
    this.feed.close(socket);
  }

  @SubscribeMessage('read')
  @Allow('alert.read')
  async read(@ConnectedSocket() socket: LiveSocket, @MessageBody() body: unknown): Promise<boolean> {
    const asked = read.safeParse(body);
    return asked.success && this.box.markRead(socket.data.principal.accountId, asked.data.alertId);
  }

  private async admit(socket: LiveSocket): Promise<void> {
    const token = sessionToken(socket.handshake.headers.cookie);
    const principal = token === null ? null : await this.sessions.find(token);
    if (!principal) throw new Error('尚未登录或登录已过期');
    if (principal.mustChangePassword) throw new Error('首次登录须先修改密码');
    const auth = handshake.safeParse(socket.handshake.auth);
    if (!auth.success) throw new Error('lastSeq 须为不小于 0 的整数');
    socket.data.principal = principal;
    socket.data.lastSeq = auth.data.lastSeq ?? null;
  }
}
