import { mayDo } from '@app/domain';
import { rows } from '@app/storage';
import { type Route, RouteBook } from '../apps/gateway/src/route-book';
import { Browser, type GatewayBench, openGateway, person } from './gateway-bench';
import { BODIES, nameOf, QUERIES, sampleOf, type Shape, shapeOf } from './routes';

let bench: GatewayBench;
let admin: Browser;
let head: Browser;
let key: string;
beforeAll(async () => {
  bench = await openGateway();
  admin = await person(bench, { username: 'admin-in', role: 'administrator' });
  await rows(bench.db, `insert into department (id, name) values ('roads', '交通局') on conflict do nothing`);
  head = await person(bench, { username: 'head-in', role: 'department_head', departmentId: 'roads' });
  key = (await admin.post<{ key: string }>('/tokens', { name: 'vendor', scopes: ['push-items'] })).body.key;
}, 60_000);
afterAll(() => bench.close());

/** Some things a department does alone. */
const whoFor = ({ need }: Route): Browser => (need === undefined || need === 'open' || need === 'item.push' || mayDo('administrator', need) ? admin : head);

interface Try {
  said: string;
  body: unknown;
  /** The field that must be named; null: only that it is said in Chinese. */
  field: string | null;
}

/** Of one field: left out, of another kind, empty, too long. */
function wrongly(base: Record<string, unknown>, name: string, shape: Shape, required: boolean): Try[] {
  const put = (said: string, value: unknown): Try => ({ said: `${name} ${said}`, body: { ...base, [name]: value }, field: name });
  const { [name]: _, ...without } = base;
  const kinds = shape.anyOf ?? [shape];
  const text = kinds.find((k) => k.type === 'string' && k.enum === undefined);
  const list = kinds.find((k) => k.type === 'array');
  return [
    ...(required ? [{ said: `${name} left out`, body: without, field: name }] : []),
    put('of another kind', kinds.some((k) => k.type === 'object' || k.type === undefined) ? 7 : { $ne: null }),
    ...(text?.maxLength === undefined ? [] : [put('too long', 'a'.repeat(text.maxLength + 1))]),
    ...(text && (text.minLength ?? 0) > 0 ? [put('empty', '')] : []),
    // A password is hashed, never stored: it may hold anything.
    ...(text?.maxLength === undefined || ['current', 'next'].includes(name) ? [] : [put('with what cannot be stored', 'ab\u0000c')]),
    ...(kinds.some((k) => k.enum) ? [put('none of those allowed', 'no-such-thing')] : []),
    ...(list?.maxItems === undefined ? [] : [put('too many', Array.from({ length: list.maxItems + 1 }, () => sampleOf(list.items ?? {})))]),
  ];
}

function triesOf(route: Route, schema: Parameters<typeof shapeOf>[0]): Try[] {
  const shape = shapeOf(schema);
  if (!shape.properties) return [{ said: 'nothing', body: {}, field: null }];
  const base = { ...(sampleOf(shape) as object), ...BODIES[nameOf(route)] };
  return [
    { said: 'a field that there is not', body: { ...base, nonsense: 1 }, field: 'nonsense' },
    { said: 'a list', body: [], field: null },
    ...Object.entries(shape.properties).flatMap(([name, of]) => wrongly(base, name, of, (shape.required ?? []).includes(name))),
  ];
}

it('every form is refused field by field, in Chinese, with what is allowed; nothing is done', async () => {
  const wrong: string[] = [];
  let tried = 0;
  for (const route of bench.app.get(RouteBook).routes()) {
    const schema = route.inputs.find((i) => i.kind === 'body')?.schema;
    if (!schema || nameOf(route) === 'POST /api/v1/session') continue;
    const path = route.path.replace(':name', 'none-such').replace(/:\w+/g, '999999999');
    const headers: Record<string, string> = route.need === 'item.push' ? { authorization: `Bearer ${key}` } : {};
    for (const t of triesOf(route, schema)) {
      tried++;
      const { status, headers: got, body } = await whoFor(route).send(route.method, path, t.body, headers);
      const named = t.field === null || (body.field ?? '').split('.')[0] === t.field;
      const inWords = /[\u4e00-\u9fa5]{2}/.test(body.detail ?? '') && (t.field === null || body.detail.startsWith(`${body.field}：`));
      if (status !== 422 || !named || !inWords || !/problem\+json/.test(got.get('content-type') ?? ''))
        wrong.push(`${nameOf(route)}: ${t.said}: ${status} ${body.field ?? '-'} ${body.detail ?? ''}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(tried).toBeGreaterThan(200);
});

it('every query and every address too', async () => {
  const wrong: string[] = [];
  for (const route of bench.app.get(RouteBook).routes().filter((r) => r.method === 'GET')) {
    const bad = async (path: string, field: string) => {
      const { status, body } = await admin.send('GET', path, undefined, route.need === 'item.push' ? { authorization: `Bearer ${key}` } : {});
      if (status !== 422 || body.field !== field || !/[\u4e00-\u9fa5]/.test(body.detail ?? '')) wrong.push(`${path}: ${status} ${body.field ?? '-'} ${body.detail ?? ''}`);
    };
    const good = route.path.replace(':year', '2026').replace(':month', '2026-11').replace(':name', 'none-such').replace(/:\w+/g, '999999999');
    const query = route.inputs.find((i) => i.kind === 'query');
    const shape = query && shapeOf(query.schema);
    if (shape?.properties && (shape.required ?? []).length === 0) {
      await bad(`${good}?nonsense=1`, 'nonsense');
      for (const [name, of] of Object.entries(shape.properties)) {
        if (of.type === 'integer' || of.type === 'number' || of.enum || of.format || of.pattern) await bad(`${good}?${name}=%3Cb%3E`, name);
        if (of.type === 'string' && of.maxLength !== undefined) await bad(`${good}?${name}=${'a'.repeat(of.maxLength + 1)}`, name);
      }
    }
    for (const { kind, name } of route.inputs) {
      if (kind !== 'param' || name === null) continue;
      for (const value of ["1'--", '-1', '%00', '%F0%9F%98%80', '9'.repeat(30)]) await bad(route.path.replace(`:${name}`, value).replace(/:\w+/g, '1') + (QUERIES[nameOf(route)] ?? ''), name);
    }
  }
  expect(wrong).toEqual([]);
});
