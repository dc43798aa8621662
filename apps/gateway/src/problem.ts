import type { WireProblem } from '@app/domain';

/** An expected refusal on its way to the client as RFC 9457 problem details; `detail` is Chinese. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly more: { type?: string; field?: string; faults?: { key: string; reason: string }[]; headers?: Record<string, string> } = {},
  ) {
    super(detail);
  }

  wire(): WireProblem {
    return {
      type: this.more.type ? `urn:huiying:${this.more.type}` : 'about:blank',
      title: titleOf(this.status),
      status: this.status,
      detail: this.detail,
      ...(this.more.field === undefined ? {} : { field: this.more.field }),
      ...(this.more.faults === undefined ? {} : { faults: this.more.faults }),
    };
  }
}

const TITLES: Record<number, string> = {
  400: '请求有误',
  401: '未登录',
  403: '无权操作',
  404: '不存在',
  405: '不支持的方法',
  408: '请求超时',
  409: '状态冲突',
  413: '内容过大',
  415: '格式不支持',
  422: '内容不符合要求',
  429: '请求过于频繁',
  431: '请求头过大',
  503: '服务暂不可用',
};

export function titleOf(status: number): string {
  return TITLES[status] ?? (status >= 500 ? '服务器错误' : '请求被拒绝');
}

/** How the lower rooms refuse: a value with its reason in words. */
interface Refusal {
  ok: false;
  reason: string;
  field?: string;
  status?: number;
  kind?: 'missing' | 'forbidden' | 'conflict' | 'invalid';
}

const STATUS_OF = { missing: 404, forbidden: 403, conflict: 409, invalid: 422 } as const;

/** Hands on what was done, or refuses with the status of its kind. */
export function orRefuse<A extends { ok: true } | Refusal>(answer: A): Extract<A, { ok: true }> {
  if (answer.ok) return answer as Extract<A, { ok: true }>;
  const refusal = answer as Refusal;
  const status = refusal.status ?? (refusal.kind ? STATUS_OF[refusal.kind] : 409);
  throw new Problem(status, refusal.reason, refusal.field === undefined ? {} : { field: refusal.field });
}
