import { z, type ZodType } from 'zod';
import { type Action, RIGHTS, SCOPE_NAMES, SCOPE_TEXT, scopesOf } from '@app/domain';
import type { Route, RouteInput } from '../route-book';

type Json = Record<string, unknown>;

const INTRO = `回应（huiying）的接口。地址以 /api/v1 为版本；时间为带 +08:00 的 ISO 8601，编号为十进制字符串。

- 程序：请求头 Authorization: Bearer hy_…（令牌，按权限发放，可限定地区与期限）。
- 浏览器：登录后的 Cookie；修改类请求另带 x-csrf-token（见 GET /api/v1/me）。
- 出错：application/problem+json（RFC 9457），detail 为中文，field 指出有误的字段。
- 翻页：answer 中的 next（或最后一条的编号）作为 beforeId 再取更早的。
- 重复提交：修改类请求可带 Idempotency-Key，再次提交得到第一次的答复。
- 推送事件：config/webhooks.yaml，签名见其中说明。`;

/** What the routes answer, as `scripts/answers.mjs` reads it from the types of their methods. */
export interface Told {
  /** By the id of a route; without a schema it sends no JSON. */
  answers: Record<string, { schema?: Json } | undefined>;
  schemas: Record<string, Json>;
}

/** OpenAPI 3.1 of the running gateway: read from the routes, their schemas, their types and the table of rights, so that it cannot drift. */
export function documentOf(routes: readonly Route[], told: Told, title: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = {
      ...paths[path],
      [route.method.toLowerCase()]: operationOf(route, told.answers[route.id]?.schema ?? null),
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: `${title} · 回应`, version: 'v1', description: INTRO },
    paths,
    components: {
      schemas: { ...told.schemas, Problem: PROBLEM },
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'huiying_session',
          description: '登录后的会话；修改类请求另带 x-csrf-token',
        },
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'hy_…',
          description: SCOPE_NAMES.map((s) => `${s}：${SCOPE_TEXT[s]}`).join('；'),
        },
      },
    },
  };
}

function operationOf(route: Route, answer: Json | null): Json {
  const { need, inputs } = route;
  const body = inputs.find((i) => i.kind === 'body');
  const action = need === undefined || need === 'open' ? null : need;
  const changes = !['GET', 'HEAD'].includes(route.method);
  return {
    operationId: route.id,
    tags: [route.id.replace(/Controller\..*$/, '')],
    ...(action === null ? { summary: '无须登录' } : { summary: action, 'x-action': action, 'x-roles': RIGHTS[action] }),
    ...(action === null ? { security: [] } : { security: securityOf(action) }),
    parameters: parametersOf(route),
    ...(body ? { requestBody: bodyOf(body, route.upload) } : {}),
    responses: responsesOf(route, answer, action !== null, changes && inputs.length > 0),
  };
}

function bodyOf({ schema }: RouteInput, upload: boolean): Json {
  const { json, acceptsEmpty } = schemaOf(schema);
  const properties = {
    ...(json['properties'] as Json | undefined),
    file: { type: 'string', format: 'binary', description: 'PDF、DOCX、PNG、JPG，最大 10 MB' },
  };
  const form = upload ? { 'multipart/form-data': { schema: { ...json, properties } } } : {};
  return { required: !acceptsEmpty, content: { 'application/json': { schema: json }, ...form } };
}

function securityOf(action: Action): Json[] {
  const scopes = scopesOf(action);
  return [...(action === 'item.push' ? [] : [{ session: [] }]), ...(scopes.length > 0 ? [{ token: scopes }] : [])];
}

function parametersOf({ path, inputs, once: takesKey }: Route): Json[] {
  const named = new Map(
    inputs.flatMap((i) => (i.kind === 'param' && i.name !== null ? [[i.name, i.schema] as const] : [])),
  );
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: named.has(name!) ? schemaOf(named.get(name!)!).json : { type: 'string' },
  }));
  const inQuery = inputs.filter((i) => i.kind === 'query').flatMap(queryOf);
  const once = takesKey
    ? [
        {
          name: 'Idempotency-Key',
          in: 'header',
          required: false,
          schema: { type: 'string', minLength: 8, maxLength: 128 },
        },
      ]
    : [];
  return [...inPath, ...inQuery, ...once];
}

function queryOf({ schema }: RouteInput): Json[] {
  const { json } = schemaOf(schema);
  const properties = (json['properties'] ?? {}) as Record<string, Json>;
  const required = (json['required'] ?? []) as string[];
  return Object.entries(properties).map(([name, of]) => ({
    name,
    in: 'query',
    required: required.includes(name) && !('default' in of),
    schema: of,
  }));
}

function schemaOf(schema: ZodType): { json: Json; acceptsEmpty: boolean } {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    target: 'draft-2020-12',
  }) as Json;
  return { json, acceptsEmpty: schema.safeParse({}).success };
}

const PROBLEM: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string', description: 'urn:huiying:… 或 about:blank' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: '中文说明' },
    field: { type: 'string', description: '有误的字段' },
    requestId: { type: 'string', description: '请求编号，同响应头 X-Request-Id，可据此查日志' },
    faults: {
      type: 'array',
      items: { type: 'object', properties: { key: { type: 'string' }, reason: { type: 'string' } } },
    },
  },
};

const problem = (description: string): Json => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

function responsesOf(route: Route, answer: Json | null, signedIn: boolean, body: boolean): Json {
  const { inputs, path } = route;
  return {
    ...(signedIn ? { 401: problem('尚未登录，或令牌无效'), 403: problem('没有此项权限') } : {}),
    ...(path.includes(':') ? { 404: problem('不存在，或不在可见范围') } : {}),
    ...(body ? { 409: problem('与现状冲突'), 413: problem('内容过大'), 415: problem('不是 JSON') } : {}),
    ...(inputs.length > 0 ? { 422: problem('内容不符合要求，field 指出字段') } : {}),
    ...successOf(route, answer),
    default: problem('其他错误'),
  };
}

function successOf({ status, answered }: Route, answer: Json | null): Json {
  if (answered?.types.length === 0)
    return { 302: { description: '转往 location 指出的页面', headers: { location: { schema: { type: 'string' } } } } };
  const content =
    answered === null && answer === null ? null : contentOf(answered?.types ?? ['application/json'], answer);
  const done = content === null ? { description: '完成，没有内容' } : { description: '完成', content };
  return Object.fromEntries(
    [status, ...(answered?.also ?? [])].map((s) => [s, s === status ? done : { ...done, description: '内容同上' }]),
  );
}

const contentOf = (types: readonly string[], answer: Json | null): Json =>
  Object.fromEntries(types.map((type) => [type, type === 'application/json' ? { schema: answer ?? {} } : {}]));
