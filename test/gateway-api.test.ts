import { connect } from 'node:net';
import { RouteBook } from '../apps/gateway/src/route-book';
import { Browser, type GatewayBench, openGateway, person } from './gateway-bench';
import { type ApiDocument, Told } from './told';

let bench: GatewayBench;
let officer: Browser;
beforeAll(async () => {
  bench = await openGateway();
  officer = await person(bench, { username: 'officer' });
}, 60_000);
afterAll(() => bench.close());

interface Document {
  openapi: string;
  paths: Record<
    string,
    Record<
      string,
      {
        operationId: string;
        security: Record<string, string[]>[];
        parameters: { name: string; in: string }[];
        responses: object;
      }
    >
  >;
}

/** What express itself would answer, read from its router: nobody wrote it down. */
function served(): string[] {
  interface Layer {
    route?: { path: string; methods: Record<string, boolean> };
  }
  const { stack } = (bench.app.getHttpAdapter().getInstance() as { router: { stack: Layer[] } }).router;
  return stack
    .flatMap(({ route }) => (route ? Object.keys(route.methods).map((m) => `${m.toUpperCase()} ${route.path}`) : []))
    .filter((r) => !r.startsWith('_ALL'))
    .sort();
}

describe('the API document', () => {
  it('names exactly the routes that are served, each once', async () => {
    const { body } = await new Browser(bench.base).send<Document>('GET', '/api/docs/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    const told = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((m) => `${m.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(told.sort()).toEqual(served());
    const ids = Object.values(body.paths).flatMap((methods) => Object.values(methods).map((o) => o.operationId));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has every parameter of every path, a body where one is read, and who may', async () => {
    const { body } = await new Browser(bench.base).send<Document>('GET', '/api/docs/openapi.json');
    for (const route of bench.app.get(RouteBook).routes()) {
      const path = route.path.replace(/:(\w+)/g, '{$1}');
      const operation = body.paths[path]![route.method.toLowerCase()]!;
      const inPath = operation.parameters.filter((p) => p.in === 'path').map((p) => p.name);
      expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]));
      expect('requestBody' in operation).toBe(route.inputs.some((i) => i.kind === 'body'));
      expect(operation.security.length === 0).toBe(route.need === 'open');
    }
  });

  it('is a page without scripts, with its own style alone', async () => {
    const page = await new Browser(bench.base).send<{ text: string }>('GET', '/api/docs');
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page.body.text).toContain('/api/v1/cases/:id'.replace(':id', '{id}'));
    expect(page.body.text).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
    expect((await new Browser(bench.base).send('GET', '/api/docs/page.css')).headers.get('content-type')).toMatch(
      /^text\/css/,
    );
  });
});

describe('what the document says of answers', () => {
  it('is there for every route: a schema where JSON comes, a media type where a file or a page does, problem details for errors', async () => {
    const { body } = await new Browser(bench.base).send<ApiDocument>('GET', '/api/docs/openapi.json');
    const lacking: string[] = [];
    for (const route of bench.app.get(RouteBook).routes()) {
      const { responses } = body.paths[route.path.replace(/:(\w+)/g, '{$1}')]![route.method.toLowerCase()]!;
      const success = responses[String(route.status)] ?? responses['302'];
      const content = Object.entries(success?.content ?? {});
      const told =
        route.status === 204 || '302' in responses
          ? success !== undefined && content.length === 0
          : content.length > 0 &&
            content.every(([type, { schema }]) => type !== 'application/json' || Object.keys(schema ?? {}).length > 0);
      const problems = Object.entries(responses).filter(
        ([status]) => status === 'default' || (Number(status) >= 400 && !route.answered?.also.includes(Number(status))),
      );
      const all =
        problems.length > 0 &&
        problems.every(
          ([, r]) =>
            JSON.stringify(r.content?.['application/problem+json']?.schema) ===
            '{"$ref":"#/components/schemas/Problem"}',
        );
      if (!told || !all) lacking.push(`${route.method} ${route.path}`);
    }
    expect(lacking).toEqual([]);
  });

  it('names no type that it does not hold, and none that nothing leads to', async () => {
    const { body } = await new Browser(bench.base).send<ApiDocument>('GET', '/api/docs/openapi.json');
    const named = new Set([...JSON.stringify(body).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((m) => m[1]));
    expect([...named].sort()).toEqual(Object.keys(body.components.schemas).sort());
  });

  // Every other test of the gateway holds each answer that it gets against the document: this shows that it would notice.
  it.each([
    ['a field of another kind', { open: '1' }],
    ['a field too few', { open: undefined }],
    ['a field too many', { passwordHash: 'x' }],
  ])('is held against the answers: %s is seen', async (_, change) => {
    const { body } = await officer.get<{ totals: object }>('/board');
    const told = await Told.of(bench.base);
    const check = (answer: unknown) =>
      told.fault('GET', '/api/v1/board', 200, 'application/json', JSON.parse(JSON.stringify(answer)));
    expect(check(body)).toBeNull();
    expect(check({ ...body, totals: { ...body.totals, ...change } })).toMatch(/^GET \/api\/v1\/board 200: \/totals/);
    expect(told.fault('GET', '/api/v1/board', 200, 'text/html', {})).toMatch(/answered text\/html/);
    expect(told.fault('GET', '/api/v1/board', 404, 'application/problem+json', { detail: 'x' })).toMatch(
      /required property/,
    );
  });
});

describe('every error is problem details in Chinese', () => {
  it.each([
    ['GET', '/api/v1/nothing', undefined, {}, 404, '没有这个地址'],
    ['DELETE', '/api/v1/board', undefined, {}, 405, '这个地址只支持 GET'],
    ['PUT', '/api/v1/cases/12', { a: 1 }, {}, 405, '这个地址只支持 GET'],
    ['POST', '/api/v1/session', '{"a":', {}, 400, '请求格式不正确，无法读取'],
    [
      'POST',
      '/api/v1/session',
      'a=1',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      /须为 application\/json/,
    ],
    ['POST', '/api/v1/session', '<a/>', { 'content-type': 'text/xml' }, 415, /须为 application\/json/],
    ['POST', '/api/v1/session', `{"username":"${'a'.repeat(300_000)}"}`, {}, 413, '请求内容过大，最多 256 KB'],
    ['POST', '/api/v1/session', '['.repeat(100_000) + ']'.repeat(100_000), {}, 422, '请求内容嵌套过深，最多 32 层'],
    [
      'POST',
      '/api/v1/session',
      '{"username":"a","__proto__":{"role":"administrator"}}',
      {},
      422,
      '请求内容含有不允许的字段 __proto__',
    ],
    ['GET', '/api/v1/cases/%E0%A4%A', undefined, {}, 400, '请求格式不正确，无法读取'],
    ['GET', '/api/v1/cases/0', undefined, {}, 422, 'id：须为正整数编号'],
    ['GET', '/api/v1/cases?size=a', undefined, {}, 422, 'size：须为整数'],
    ['GET', '/api/v1/cases?size=1&size=2', undefined, {}, 422, 'size：须为整数'],
    ['GET', '/assets/gone.js', undefined, {}, 404, '没有这个地址'],
  ])('%s %s', async (method, path, body, headers, status, detail) => {
    const answer = await officer.send(method, path, body, headers as Record<string, string>);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({
      status,
      title: expect.stringMatching(/[\u4e00-\u9fa5]/),
      detail: expect.stringMatching(detail),
    });
    if (status === 405) expect(answer.headers.get('allow')).toBe('GET');
  });

  it.each([
    ['what is no HTTP', 'huiying\r\n\r\n', 400],
    ['headers beyond all measure', `GET /api/v1/me HTTP/1.1\r\nhost: x\r\nx-a: ${'a'.repeat(40_000)}\r\n\r\n`, 431],
  ])('%s too', async (_, sent, status) => {
    const { port } = new URL(bench.base);
    const text = await new Promise<string>((resolve, reject) => {
      let got = '';
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(sent));
      socket.on('data', (d) => (got += d.toString()));
      socket.on('close', () => resolve(got)).on('error', reject);
    });
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(text).toContain('content-type: application/problem+json');
    expect(JSON.parse(text.split('\r\n\r\n')[1]!)).toMatchObject({ status });
  });
});

describe('what goes over the line', () => {
  it('is compressed when it is JSON of some length, and never beside the token against forged requests', async () => {
    expect((await officer.send('GET', '/api/docs/openapi.json')).headers.get('content-encoding')).toMatch(
      /^(br|gzip)$/,
    );
    expect((await officer.get('/me')).headers.get('content-encoding')).toBeNull();
  });
});
