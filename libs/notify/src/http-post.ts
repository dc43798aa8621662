import { request } from 'undici';
import type { SendResult } from './sender';

/** Answers are read up to here; a receiver that pours out megabytes is cut off. */
const ANSWER_BYTES = 16 * 1024;

export interface HttpAnswer {
  status: number;
  text: string;
}

/** Posts JSON. Never follows a redirect: the signature was made for this address. */
export async function postJson(
  url: string,
  body: string,
  headers: Record<string, string>,
  timeoutSeconds: number,
): Promise<HttpAnswer> {
  const response = await request(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'huiying', ...headers },
    signal: AbortSignal.timeout(timeoutSeconds * 1000),
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += (chunk as Buffer).length;
    chunks.push(chunk as Buffer);
    if (size > ANSWER_BYTES) break;
  }
  return { status: response.statusCode, text: Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString('utf8') };
}

/** Runs one try; every way it can go wrong becomes a fault in words, without the address and its keys. */
export async function tryPost(
  post: () => Promise<HttpAnswer>,
  faultOf: (answer: HttpAnswer) => string | null,
): Promise<SendResult> {
  try {
    const fault = faultOf(await post());
    return fault === null ? { ok: true } : { ok: false, fault };
  } catch (error) {
    const e = error as Error & { code?: string };
    return { ok: false, fault: e.name === 'TimeoutError' ? '对方超时未答复' : `无法送达：${e.code ?? e.name}` };
  }
}

/** 2xx is taken; anything else is a fault, named by its status. */
export function statusFault(answer: HttpAnswer): string | null {
  return answer.status >= 200 && answer.status < 300 ? null : `对方答复 HTTP ${answer.status}`;
}

/** Robots answer 200 with an error code in the body. */
export function codeFault(answer: HttpAnswer, codeKey: string, messageKey: string): string | null {
  const bad = statusFault(answer);
  if (bad) return bad;
  try {
    const body = JSON.parse(answer.text) as Record<string, unknown>;
    return body[codeKey] === 0
      ? null
      : `对方拒绝：${String(body[codeKey])} ${String(body[messageKey] ?? '').slice(0, 200)}`;
  } catch {
    return '对方的答复不是 JSON';
  }
}
