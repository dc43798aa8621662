import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { ACTIONS } from '@app/domain';
import { NEED, type Need } from './allow';

const ROUTE_PATH = 'path';
const SOCKET_MESSAGE = 'websockets:message_mapping';

/** Deny by default, already at the start: a route or socket event without an action of the table stops it. */
@Injectable()
export class RightsCheck implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const bare = this.handlers()
      .filter(({ need }) => need === undefined || (need !== 'open' && !ACTIONS.includes(need)))
      .map(({ name }) => name);
    if (bare.length > 0) throw new Error(`routes without a declared action: ${bare.join(', ')}`);
  }

  /** Every route and socket event with what it needs. */
  handlers(): { name: string; need: Need | undefined }[] {
    return [...this.discovery.getControllers(), ...this.discovery.getProviders()].flatMap((wrapper) => {
      const type = wrapper.metatype as { prototype?: object; name?: string } | null;
      if (!wrapper.instance || !type?.prototype) return [];
      const prototype = type.prototype as Record<string, unknown>;
      return this.scanner
        .getAllMethodNames(prototype)
        .map((method) => ({ method, handler: prototype[method] }))
        .filter((m): m is { method: string; handler: () => unknown } => isHandler(m.handler))
        .map(({ method, handler }) => ({
          name: `${type.name ?? '?'}.${method}`,
          need: this.reflector.getAllAndOverride<Need | undefined>(NEED, [handler, type as () => unknown]),
        }));
    });
  }
}

function isHandler(value: unknown): boolean {
  return (
    typeof value === 'function' &&
    (Reflect.hasMetadata(ROUTE_PATH, value) || Reflect.hasMetadata(SOCKET_MESSAGE, value))
  );
}
