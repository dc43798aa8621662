import { request } from 'undici';
import type { SendResult } from './sender';

/** Answers are read up to here; a receiver that pours out megabytes is cut off. */
const ANSWER_BYTES = 16 * 1024;
/** Nobody is believed who wants to be left alone for longer. */
const LONGEST_WAIT_SECONDS = 3600;

export interface HttpAnswer {
  status: number;
  text: string;
  /** Of a Retry-After, in seconds; null: none. */
  retryAfterSeconds: number | null;
}

export interface HttpCall {
  url: string;
  method?: 'GET' | 'POST' | 'PUT';
  body?: string;
  headers?: Record<string, string>;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** Posts JSON. Never follows a redirect: the signature was made for this address. */
export function postJson(url: string, body: string, headers: Record<string, string>, timeoutSeconds: number): Promise<HttpAnswer> {
  return callHttp({ url, body, headers: { 'content-type': JSON_TYPE, ...headers } }, timeoutSeconds);
}

/** One request, within its time from the first byte sent to the last byte read. */
export async function callHttp({ url, method = 'POST', body, headers = {} }: HttpCall, timeoutSeconds: number): Promise<HttpAnswer> {
  const response = await request(url, {
    method,
    ...(body === undefined ? {} : { body }),
    headers: { 'user-agent': 'huiying', ...headers },
    signal: AbortSignal.timeout(timeoutSeconds * 1000),
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += (chunk as Buffer).length;
    chunks.push(chunk as Buffer);
    if (size > ANSWER_BYTES) break;
  }
  const text = Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString('utf8');
  return { status: response.statusCode, text, retryAfterSeconds: retryAfter(response.headers) };
}

/** Seconds, or a date, which is held against the answer's own clock. */
function retryAfter(headers: Record<string, string | string[] | undefined>): number | null {
  const said = headers['retry-after'];
  if (typeof said !== 'string') return null;
  const ms = /^\d+$/.test(said.trim()) ? Number(said) * 1000 : Date.parse(said) - Date.parse(String(headers['date']));
  return Number.isNaN(ms) ? null : Math.min(LONGEST_WAIT_SECONDS, Math.max(0, Math.ceil(ms / 1000)));
}

/** What is wrong with an answer; null: nothing. */
export type AnswerFault = { fault: string; retryAfterSeconds?: number } | null;

/** Runs one try; every way it can go wrong becomes a fault in words, without the address and its keys. */
export async function tryPost(post: () => Promise<HttpAnswer>, faultOf: (answer: HttpAnswer) => AnswerFault): Promise<SendResult> {
  try {
    const answer = await post();
    const found = faultOf(answer);
    if (found === null) return { ok: true };
    const wait = found.retryAfterSeconds ?? answer.retryAfterSeconds;
    return { ok: false, fault: found.fault, ...(wait === null ? {} : { retryAfterSeconds: wait }) };
  } catch (error) {
    const e = error as Error & { code?: string };
    return { ok: false, fault: e.name === 'TimeoutError' ? '对方超时未答复' : `无法送达：${e.code ?? e.name}` };
  }
}

/** 2xx is taken; anything else is a fault, named by its status. */
export function statusFault(answer: HttpAnswer): AnswerFault {
  if (answer.status >= 200 && answer.status < 300) return null;
  return { fault: answer.status === 429 ? '对方限流（HTTP 429）' : `对方答复 HTTP ${answer.status}` };
}

/** The answer as JSON, or what is wrong with it. */
export function jsonOf(answer: HttpAnswer): { value: unknown } | { fault: string } {
  try {
    return { value: JSON.parse(answer.text) as unknown };
  } catch {
    return { fault: '对方的答复不是 JSON' };
  }
}

/**
 * Robots answer 200 with an error code in the body.
 * @param busy codes by which they say that it was too much, with the seconds until they listen again
 */
export function codeFault(answer: HttpAnswer, codeKey: string, messageKey: string, busy: Readonly<Record<number, number>> = {}): AnswerFault {
  const bad = statusFault(answer);
  if (bad) return bad;
  const json = jsonOf(answer);
  if ('fault' in json) return json;
  const body = (json.value ?? {}) as Record<string, unknown>;
  const code = body[codeKey];
  if (code === 0) return null;
  if (code === undefined) return { fault: `对方的答复里没有 ${codeKey}` };
  const fault = `对方拒绝：${String(code)} ${String(body[messageKey] ?? '').slice(0, 200)}`;
  const seconds = typeof code === 'number' ? busy[code] : undefined;
  return seconds === undefined ? { fault } : { fault, retryAfterSeconds: seconds };
}
