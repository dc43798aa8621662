import { Injectable, RequestMethod } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import type { ZodType } from 'zod';
import { NEED, type Need } from './allow';
import { type Answered, ANSWERS } from './answers';
import { OnceInterceptor } from './once.interceptor';
import { ZodPipe } from './zod.pipe';

/** What a route takes: a body, a query, or a parameter of its path. */
export interface RouteInput {
  kind: 'body' | 'query' | 'param';
  /** Of a parameter. */
  name: string | null;
  schema: ZodType;
}

export interface Route {
  method: string;
  /** As Nest writes it: `/api/v1/cases/:id`. */
  path: string;
  /** `CaseController.one`: names the route in the document. */
  id: string;
  need: Need | undefined;
  inputs: RouteInput[];
  status: number;
  /** Takes an Idempotency-Key. */
  once: boolean;
  /** Takes a file beside its fields. */
  upload: boolean;
  /** What it answers that is no JSON; null: JSON alone. */
  answered: Answered | null;
}

/** Where Nest keeps what the decorators said; these keys are its own and not exported. */
const META = { path: 'path', method: 'method', status: '__httpCode__', args: '__routeArguments__', interceptors: '__interceptors__' };
const KINDS: Record<string, RouteInput['kind']> = { 3: 'body', 4: 'query', 5: 'param' };

/** Every route of the running gateway, read from what its decorators left: for the 405, the API document and the tests. */
@Injectable()
export class RouteBook {
  private found: Route[] | null = null;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  /** Sorted by path and method. */
  routes(): readonly Route[] {
    this.found ??= this.discovery
      .getControllers()
      .flatMap(({ metatype }) => (typeof metatype === 'function' ? this.routesOf(metatype as Controller) : []))
      .sort((a, b) => (a.path === b.path ? (a.method < b.method ? -1 : 1) : a.path < b.path ? -1 : 1));
    return this.found;
  }

  /** The methods that an address knows; empty: there is no such address. */
  methodsAt(path: string): string[] {
    const plain = path.replace(/\/+$/, '') || '/';
    return this.routes().flatMap((r) => (patternOf(r.path).test(plain) ? [r.method] : []));
  }

  private routesOf(controller: Controller): Route[] {
    const prototype = controller.prototype as Record<string, () => unknown>;
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name]!;
      const method = Reflect.getMetadata(META.method, handler) as RequestMethod | undefined;
      if (method === undefined) return [];
      const verb = RequestMethod[method];
      const status = (Reflect.getMetadata(META.status, handler) as number | undefined) ?? (verb === 'POST' ? 201 : 200);
      const need = this.reflector.getAllAndOverride<Need | undefined>(NEED, [handler, controller]);
      const around = [handler, controller].flatMap((on) => (Reflect.getMetadata(META.interceptors, on) ?? []) as unknown[]);
      const answered = this.reflector.get<Answered | undefined>(ANSWERS, handler) ?? null;
      const takes = { inputs: inputsOf(controller, name), once: around.includes(OnceInterceptor), upload: takesFile(controller, name) };
      const rest = { id: `${controller.name}.${name}`, need, status, answered, ...takes };
      const paths = [Reflect.getMetadata(META.path, controller) as string | string[]].flat();
      const below = [Reflect.getMetadata(META.path, handler) as string | string[]].flat();
      return paths.flatMap((head) =>
        below.map((tail) => ({ method: verb, path: joined(head, tail), ...rest })),
      );
    });
  }
}

type Controller = (abstract new () => object) & { name: string; prototype: object };

const argsOf = (controller: Controller, method: string) =>
  (Reflect.getMetadata(META.args, controller, method) ?? {}) as Record<string, { data?: unknown; pipes?: unknown[] }>;

/** 8 and 9 are Nest's numbers of a parameter that is an uploaded file, or several. */
const takesFile = (controller: Controller, method: string): boolean => Object.keys(argsOf(controller, method)).some((key) => /^[89]:/.test(key));

function inputsOf(controller: Controller, method: string): RouteInput[] {
  return Object.entries(argsOf(controller, method)).flatMap(([key, { data, pipes }]) => {
    const kind = KINDS[key.split(':')[0]!];
    const pipe = (pipes ?? []).find((p): p is ZodPipe<unknown> => p instanceof ZodPipe);
    return kind === undefined || pipe === undefined ? [] : [{ kind, name: typeof data === 'string' ? data : null, schema: pipe.schema }];
  });
}

const joined = (head: string, tail: string): string => `/${[head, tail].map((p) => p.replace(/^\/+|\/+$/g, '')).filter((p) => p !== '').join('/')}`;

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`);
}
