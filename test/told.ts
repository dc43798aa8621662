import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';

type Json = Record<string, unknown>;
interface Response {
  content?: Record<string, { schema?: Json }>;
}
export interface ApiDocument {
  paths: Record<string, Record<string, { responses: Record<string, Response> }>>;
  components: { schemas: Record<string, Json> };
}

/** `dist/answers.json` fits the code: it is made from the types, and the gateway of a test runs from the source. */
export function readAnswerTypes(): void {
  const build = join(__dirname, '..', 'scripts', 'build.mjs');
  execFileSync(process.execPath, [build, '--quiet', '--only', 'answers'], { stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Holds answers of a gateway against what its own document says of them. */
export class Told {
  private static readonly known = new Map<string, Promise<Told>>();
  private readonly ajv = new Ajv2020({
    strict: false,
    allErrors: false,
    formats: { 'date-time': ISO_INSTANT, binary: true, uri: true, date: true },
  });
  private readonly compiled = new Map<string, ValidateFunction>();
  private readonly patterns: { path: string; pattern: RegExp }[];

  constructor(private readonly document: ApiDocument) {
    // Closed: an answer that holds more than its type says may hold what nobody meant to give away.
    for (const schema of Object.values(document.components.schemas)) close(schema);
    for (const methods of Object.values(document.paths))
      for (const { responses } of Object.values(methods)) close(responses);
    this.ajv.addSchema({ $id: 'document', ...document });
    // What is written out goes before what is a parameter, as express does by the order of routes.
    this.patterns = Object.keys(document.paths)
      .sort((a, b) => count(a, '{') - count(b, '{'))
      .map((path) => ({
        path,
        pattern: new RegExp(`^${path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '[^/]+')}$`),
      }));
  }

  static of(base: string): Promise<Told> {
    const known =
      this.known.get(base) ??
      fetch(`${base}/api/docs/openapi.json`).then(async (r) => new Told((await r.json()) as ApiDocument));
    this.known.set(base, known);
    return known;
  }

  /** What does not fit; null: it does, or there is no such route. */
  fault(method: string, address: string, status: number, mediaType: string, body: unknown): string | null {
    const plain = address.split('?')[0]!.replace(/(.)\/+$/, '$1');
    const found = this.patterns.find(
      ({ path, pattern }) => pattern.test(plain) && method.toLowerCase() in this.document.paths[path]!,
    );
    if (!found) return null;
    const { responses } = this.document.paths[found.path]![method.toLowerCase()]!;
    const key = String(status) in responses ? String(status) : 'default';
    if (key === 'default' && status < 400)
      return `${method} ${found.path} answered ${status}, which the document does not tell`;
    const content = responses[key]!.content ?? {};
    // A page of words may come as HTML and its refusal as problem details.
    const of = mediaType in content ? key : 'default';
    if (of === 'default' && status < 400)
      return Object.keys(content).length === 0 && mediaType === ''
        ? null
        : `${method} ${found.path} answered ${mediaType || 'nothing'}, the document tells ${Object.keys(content).join(', ') || 'nothing'}`;
    if (!/[/+]json$/.test(mediaType))
      return of === 'default' ? `${method} ${found.path} answered ${status} as ${mediaType}` : null;
    const check = this.checkOf([
      'paths',
      found.path,
      method.toLowerCase(),
      'responses',
      of,
      'content',
      mediaType,
      'schema',
    ]);
    if (check(body)) return null;
    // Of the branches of a union the one that came furthest.
    const error = check.errors!.reduce((far, e) =>
      count(e.instancePath, '/') > count(far.instancePath, '/') || far.keyword === 'type' ? e : far,
    );
    return `${method} ${found.path} ${status}: ${error.instancePath || 'the answer'} ${error.message} ${JSON.stringify(error.params)}`;
  }

  private checkOf(pointer: string[]): ValidateFunction {
    const ref = `document#/${pointer.map((p) => encodeURIComponent(p.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
    const check = this.compiled.get(ref) ?? this.ajv.compile({ $ref: ref });
    this.compiled.set(ref, check);
    return check;
  }
}

const ISO_INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const count = (text: string, sign: string): number => text.split(sign).length;

function close(schema: unknown): void {
  if (schema === null || typeof schema !== 'object') return;
  const of = schema as Json;
  if (of['type'] === 'object' && 'properties' in of && !('additionalProperties' in of))
    of['additionalProperties'] = false;
  Object.values(of).forEach(close);
}
