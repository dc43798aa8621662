import { SetMetadata } from '@nestjs/common';

export const ANSWERS = 'huiying:answers';

/** What a route answers that is no JSON. JSON needs no word: its schema is read from the method's return type (scripts/answers.mjs). */
export interface Answered {
  /** Media types, one of which comes; none: the browser is sent elsewhere (302). */
  types: readonly string[];
  /** Statuses beside the usual one that come with the same content. */
  also: readonly number[];
}

export const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
export const EXCEL = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
export const PICTURES = ['image/png', 'image/jpeg'] as const;

export const Answers = (...types: string[]) => SetMetadata(ANSWERS, { types, also: [] } satisfies Answered);
/** JSON as the method returns it, also with these statuses. */
export const AlsoAnswers = (...also: number[]) =>
  SetMetadata(ANSWERS, { types: ['application/json'], also } satisfies Answered);
export const AnswersPage = (...also: number[]) =>
  SetMetadata(ANSWERS, { types: ['text/html'], also } satisfies Answered);
