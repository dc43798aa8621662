import { Injectable } from '@nestjs/common';
import type { DefaultEventsMap, Server, Socket } from 'socket.io';
import { type Principal, sameStanding, SessionDesk } from '@app/accounts';
import { type Bounds, boundToDepartment, type ClientEvents, maySee, type ServerEvents, type Viewer } from '@app/domain';

export interface SocketData {
  principal: Principal;
  /** Highest alert seq the client says it holds; null: it says nothing, so only what was never delivered. */
  lastSeq: number | null;
}
export type LiveServer = Server<ClientEvents, ServerEvents, DefaultEventsMap, SocketData>;
export type LiveSocket = Socket<ClientEvents, ServerEvents, DefaultEventsMap, SocketData>;

/** The sockets of this process and whose they are. A socket lives no longer than its session. */
@Injectable()
export class LiveSessions {
  private readonly sockets = new Set<LiveSocket>();
  private readonly byAccount = new Map<string, Set<LiveSocket>>();
  private server: LiveServer | null = null;

  constructor(private readonly sessions: SessionDesk) {}

  serve(server: LiveServer): void {
    this.server = server;
  }

  add(socket: LiveSocket): void {
    this.sockets.add(socket);
    const { accountId } = socket.data.principal;
    this.byAccount.set(accountId, (this.byAccount.get(accountId) ?? new Set()).add(socket));
  }

  drop(socket: LiveSocket): void {
    this.sockets.delete(socket);
    const { accountId } = socket.data.principal;
    const others = this.byAccount.get(accountId);
    others?.delete(socket);
    if (others?.size === 0) this.byAccount.delete(accountId);
  }

  get size(): number {
    return this.sockets.size;
  }

  of(accountId: string): LiveSocket[] {
    return [...(this.byAccount.get(accountId) ?? [])];
  }

  /** Rooms whose people may see a row; sockets with the same bounds share a room, and one encoding. */
  roomsFor(row: Bounds): string[] {
    return this.roomsWhere((viewer) => maySee(viewer, row));
  }

  roomsWhere(sees: (viewer: Viewer) => boolean): string[] {
    const rooms = new Set<string>();
    for (const { data } of this.sockets) if (sees(data.principal)) rooms.add(scopeRoom(data.principal));
    return [...rooms];
  }

  /** Rooms of departments that had a row and may not see it any more. */
  roomsLeft(former: readonly string[], row: Bounds): string[] {
    const left = [...this.sockets].filter(({ data: { principal: p } }) => former.includes(p.departmentId ?? '') && !maySee(p, row));
    return [...new Set(left.map(({ data }) => scopeRoom(data.principal)))];
  }

  /** To this process's own sockets in any of the rooms; to nobody when there is no room. */
  emitTo<E extends keyof ServerEvents>(
    rooms: string[] | 'all',
    event: E,
    ...payload: Parameters<ServerEvents[E]>
  ): void {
    if (this.server === null || rooms.length === 0) return;
    const local = this.server.local;
    (rooms === 'all' ? local : local.to(rooms)).emit(event, ...payload);
  }

  /**
   * Disconnects every socket whose session was closed, ran out or belongs to a disabled account; the rest are in use. One whose
   * account became something else leaves all its rooms too: its browser comes back as what it is now, and reads all anew.
   */
  async recheck(): Promise<void> {
    // The sockets of now: one that opens while the database is asked was checked at its handshake.
    const asked = [...this.sockets];
    const live = await this.sessions.stillLive([...new Set(asked.map((s) => s.data.principal.sessionKey))]);
    await this.sessions.keep([...live.keys()]);
    for (const socket of asked) {
      const now = live.get(socket.data.principal.sessionKey);
      if (!now || !sameStanding(socket.data.principal, now)) socket.disconnect(true);
    }
  }
}

export function scopeRoom(v: Viewer): string {
  const department = boundToDepartment(v.role) ? (v.departmentId ?? '?') : '*';
  return `scope:${department}:${v.region ?? '*'}`;
}
