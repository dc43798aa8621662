import { createParamDecorator, ExecutionContext } from '@nestjs/common';
import type { SignedRequest } from './access.guard';

/** The signed-in person of a request, put there by the guard. */
export const Me = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<SignedRequest>().principal,
);
