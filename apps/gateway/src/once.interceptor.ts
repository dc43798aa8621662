import { createHash } from 'node:crypto';
import { CallHandler, ExecutionContext, Injectable, NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { type KeyedRequest, RequestKeys } from '@app/accounts';
import type { SignedRequest } from './access.guard';
import { Problem } from './problem';

/** A changing request with an `Idempotency-Key` is done once; sent again it gets the first answer. */
@Injectable()
export class OnceInterceptor implements NestInterceptor {
  constructor(private readonly keys: RequestKeys) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<SignedRequest>();
    const key = request.headers['idempotency-key'];
    if (key === undefined || request.method === 'GET') return next.handle();
    if (typeof key !== 'string' || !/^[\x21-\x7e]{8,128}$/.test(key)) {
      throw new Problem(422, 'Idempotency-Key 须为 8–128 个可见 ASCII 字符', { field: 'Idempotency-Key' });
    }
    const keyed = {
      accountId: request.principal.accountId,
      key,
      method: request.method,
      path: request.path,
      body: bodyOf(request),
    };
    const claim = await this.keys.claim(keyed);
    if (claim.state === 'fresh') return of(await this.run(keyed, next));
    if (claim.state === 'done') {
      context.switchToHttp().getResponse<Response>().setHeader('idempotency-replayed', 'true');
      return of(claim.answer);
    }
    throw claim.state === 'other'
      ? new Problem(422, '这个 Idempotency-Key 已用于另一请求', { field: 'Idempotency-Key' })
      : new Problem(409, '同一请求正在处理，请稍后查看结果');
  }

  private async run(keyed: KeyedRequest, next: CallHandler): Promise<unknown> {
    let answer: unknown;
    try {
      answer = await lastValueFrom(next.handle());
    } catch (error) {
      await this.keys.release(keyed);
      throw error;
    }
    await this.keys.settle(keyed, answer);
    return answer;
  }
}

/** With a file, its content is part of the request: another file under the same key is another request. */
function bodyOf(request: SignedRequest & { file?: { buffer: Buffer }; files?: { buffer: Buffer }[] }): unknown {
  const body = request.body as unknown;
  const digest = (file: { buffer: Buffer }): string => createHash('sha256').update(file.buffer).digest('hex');
  if (request.file) return { body, file: digest(request.file) };
  return Array.isArray(request.files) && request.files.length > 0 ? { body, files: request.files.map(digest) } : body;
}
