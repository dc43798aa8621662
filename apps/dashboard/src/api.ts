import type { WireMe, WireProblem } from '@app/domain';
import { correctTime } from './state/server-time';
import { enter, me, signedInAgain } from './state/session';

/** An answer that says no; `detail` is in Chinese and shown as it is, `field` names the form field it is about. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly field: string | null,
    /** Every fault of a file that was sent. */
    readonly faults: { key: string; reason: string }[] = [],
  ) {
    super(detail);
    this.name = 'Refusal';
  }
}

const OFFLINE = '无法连接服务器，请检查网络；已填写的内容不会丢失。';
const TIMEOUT_MS = 20_000;
const UPLOAD_TIMEOUT_MS = 180_000;

interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** FormData goes as a form with its file, anything else as JSON. */
  body?: unknown;
  signal?: AbortSignal;
}

async function send(path: string, call: Call): Promise<Response> {
  const method = call.method ?? 'GET';
  const headers: Record<string, string> = { accept: 'application/json' };
  const upload = call.body instanceof FormData;
  if (call.body !== undefined && !upload) headers['content-type'] = 'application/json';
  if (method !== 'GET' && me.value) headers['x-csrf-token'] = me.value.csrfToken;
  const timeout = AbortSignal.timeout(upload ? UPLOAD_TIMEOUT_MS : TIMEOUT_MS);
  try {
    return await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      body: call.body === undefined ? undefined : call.body instanceof FormData ? call.body : JSON.stringify(call.body),
      signal: call.signal ? AbortSignal.any([call.signal, timeout]) : timeout,
    });
  } catch (error) {
    if (call.signal?.aborted) throw error;
    throw new Refusal(0, OFFLINE, null);
  }
}

async function refusalOf(response: Response): Promise<Refusal> {
  let problem: Partial<WireProblem> = {};
  try {
    problem = (await response.json()) as Partial<WireProblem>;
  } catch {
    // A proxy's page instead of problem details: the status alone must do.
  }
  const detail = problem.detail ?? problem.title ?? `服务器返回 ${response.status}，请稍后再试。`;
  return new Refusal(response.status, detail, problem.field ?? null, problem.faults ?? []);
}

async function read<T>(response: Response, startedAt: number): Promise<T> {
  if (!response.ok) throw await refusalOf(response);
  if (response.status === 204 || response.headers.get('content-length') === '0') return undefined as T;
  const body = (await response.json()) as T & { now?: unknown };
  if (body !== null && typeof body === 'object' && typeof body.now === 'string') correctTime(body.now, performance.now() - startedAt);
  return body;
}

/**
 * Calls the gateway. A session that ran out raises the sign-in sheet and the call goes on afterwards.
 * @throws Refusal for every answer that is not 2xx, and when the server cannot be reached (status 0)
 */
export async function callApi<T>(path: string, call: Call = {}): Promise<T> {
  const startedAt = performance.now();
  const response = await send(`/api/v1${path}`, call);
  if (response.status === 401 && me.value) {
    await signedInAgain();
    const again = performance.now();
    return read<T>(await send(`/api/v1${path}`, call), again);
  }
  return read<T>(response, startedAt);
}

/** Who the browser's session belongs to; null when nobody is signed in. */
export async function loadMe(): Promise<WireMe | null> {
  const response = await send('/api/v1/me', {});
  if (response.status === 401) return null;
  const who = await read<WireMe>(response, performance.now());
  enter(who);
  return who;
}

/** Signs in. Never goes through the retry of an expired session: a 401 here is a wrong password. */
export async function signIn(username: string, password: string): Promise<WireMe> {
  const response = await send('/api/v1/session', { method: 'POST', body: { username, password } });
  if (!response.ok) throw await refusalOf(response);
  const who = (await loadMe()) as WireMe | null;
  if (!who) throw new Refusal(401, '登录未生效：浏览器可能禁用了 Cookie。', null);
  return who;
}

export function explain(error: unknown): string {
  if (error instanceof Refusal) return error.detail;
  return error instanceof Error ? `页面出错：${error.message}` : '页面出错';
}

/** Loading the page anew would end the same: no right to it, or nothing there. */
export function isFinal(error: unknown): boolean {
  return error instanceof Refusal && (error.status === 403 || error.status === 404);
}

/** Why a page cannot be shown. */
export function explainLoad(error: unknown): string {
  return error instanceof Refusal && error.status === 403 ? '您的角色没有此项权限' : explain(error);
}
