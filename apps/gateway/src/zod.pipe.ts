import { PipeTransform } from '@nestjs/common';
import { z, type ZodType } from 'zod';
import { maskText } from '@app/domain';
import { Problem } from './problem';

const chinese = z.locales.zhCN().localeError;

/** Checks a body, query or parameter against a schema; the first fault names its field. */
export class ZodPipe<T> implements PipeTransform<unknown, T> {
  constructor(
    readonly schema: ZodType<T>,
    private readonly field?: string,
  ) {}

  transform(value: unknown): T {
    const result = this.schema.safeParse(value ?? {}, { error: chinese });
    if (result.success) return result.data;
    const issue = result.error.issues[0]!;
    const unknownKeys = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
    const field = this.field ?? unknownKeys ?? issue.path.map(String).join('.');
    const detail = field === '' ? issue.message : `${field}：${issue.message}`;
    throw new Problem(422, detail, field === '' ? {} : { field });
  }
}

const UNSTORABLE = /\u0000|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** A text a person typed: trimmed, bounded, storable (no NUL, no half of a surrogate pair). Markup stays text. */
export function typed(max: number, min = 1): ZodType<string, string> {
  return z
    .string('须为文字')
    .trim()
    .min(min, min === 1 ? '不能为空' : `至少 ${min} 个字`)
    .max(max, `最多 ${max} 个字`)
    .refine((s) => !UNSTORABLE.test(s), '含有无法保存的字符');
}

/** Words to search for. Matters are looked for, never people: what is masked when it is read is no key to find it by. */
export const words = typed(100).refine((s) => maskText(s) === s, '不能按电话、证件号、车牌等个人信息查找');

/** For ILIKE: the words anywhere, their own % and _ as they are. */
export function anywhere(text: string | undefined): string | null {
  return text === undefined ? null : `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

/** A decimal id as it goes over the wire, within PostgreSQL's bigint. */
export const id = z.string('须为编号').regex(/^[1-9]\d{0,17}$/, '须为正整数编号');

/** ISO 8601 with its offset: an instant without one would be guessed. */
export const instant = z.iso
  .datetime({ offset: true, error: '须为带时区的 ISO 8601 时刻，如 2026-11-21T08:00:00+08:00' })
  .transform((s) => new Date(s));

export const count = (max: number, otherwise: number) =>
  z.coerce
    .number({ error: '须为整数' })
    .int('须为整数')
    .min(1, '至少为 1')
    .max(max, `至多为 ${max}`)
    .default(otherwise);
