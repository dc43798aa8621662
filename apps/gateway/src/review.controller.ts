import { Body, Controller, Get, HttpCode, Param, Post, Query, Res, UseInterceptors } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { AuditChain, type Principal } from '@app/accounts';
import {
  CATEGORIES,
  GRADES,
  LEVELS,
  TOPICS,
  type WireQuality,
  type WireRevealed,
  type WireReviewQueue,
} from '@app/domain';
import { LabelRecord, ReviewDesk } from '@app/response';
import type { Witness } from '@app/storage';
import { Allow } from './allow';
import { Answers } from './answers';
import { OnceInterceptor } from './once.interceptor';
import { Me } from './principal';
import { orRefuse } from './problem';
import { ReviewReader } from './review-reader';
import { Sight } from './sight';
import { count, id, typed, ZodPipe } from './zod.pipe';

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `须为其中之一：${values.join('、')}`);
const query = z.strictObject({ limit: count(200, 50) });
/** Without `change` the label is confirmed. */
const review = z.strictObject({
  change: z
    .strictObject({
      level: oneOf(LEVELS).optional(),
      emergency: z.boolean('须为 true 或 false').optional(),
      category: oneOf(CATEGORIES).nullish(),
      grade: oneOf(GRADES).nullish(),
      topic: oneOf(TOPICS).optional(),
    })
    .optional(),
  reason: typed(1000, 0).nullish(),
});
const reveal = z.strictObject({ reason: typed(1000, 2) });

/** 复核: people decide what the classifier was unsure of; what they decided is counted and handed out for training. */
@Controller('api/v1')
export class ReviewController {
  constructor(
    private readonly reader: ReviewReader,
    private readonly desk: ReviewDesk,
    private readonly record: LabelRecord,
    private readonly sight: Sight,
    private readonly audit: AuditChain,
  ) {}

  @Get('review')
  @Allow('review.read')
  queue(@Me() me: Principal, @Query(new ZodPipe(query)) q: z.infer<typeof query>): Promise<WireReviewQueue> {
    return this.reader.queue(me, q.limit);
  }

  @Post('cases/:id/review')
  @UseInterceptors(OnceInterceptor)
  @HttpCode(200)
  @Allow('review.decide')
  async reviewCase(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) caseId: string,
    @Body(new ZodPipe(review)) b: z.infer<typeof review>,
  ) {
    await this.sight.caseActedOn(me, caseId);
    const witness = this.witness(me, 'case.review', `case:${caseId}`, b);
    return orRefuse(await this.desk.reviewCase({ ...me, witness }, caseId, b.change ?? null, b.reason ?? ''));
  }

  @Post('items/:id/review')
  @UseInterceptors(OnceInterceptor)
  @HttpCode(200)
  @Allow('review.decide')
  async reviewItem(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) itemId: string,
    @Body(new ZodPipe(review)) b: z.infer<typeof review>,
  ) {
    await this.reader.itemSeen(me, itemId);
    const witness = this.witness(me, 'item.review', `item:${itemId}`, b);
    return orRefuse(await this.desk.reviewItem({ ...me, witness }, itemId, b.change ?? null, b.reason ?? ''));
  }

  private witness(me: Principal, action: string, object: string, data: object): Witness {
    return (tx) => this.audit.append({ actor: me.username, action, object, data: { ...data } }, tx);
  }

  /**
   * Logged before it is handed out: a text that was read without a record would be worse than a record too many. Takes no
   * Idempotency-Key: the answer would be kept.
   */
  @Post('items/:id/reveal')
  @HttpCode(200)
  @Allow('item.reveal')
  async reveal(
    @Me() me: Principal,
    @Param('id', new ZodPipe(id, 'id')) itemId: string,
    @Body(new ZodPipe(reveal)) b: z.infer<typeof reveal>,
  ): Promise<WireRevealed> {
    const plain = await this.reader.plainText(me, itemId);
    await this.audit.append({
      actor: me.username,
      action: 'item.reveal',
      object: `item:${itemId}`,
      data: { reason: b.reason },
    });
    return { id: itemId, ...plain };
  }

  @Get('quality')
  @Allow('quality.read')
  quality(): Promise<WireQuality> {
    return this.record.loadQuality();
  }

  @Get('overrides/export')
  @Answers('application/x-ndjson')
  @Allow('override.read')
  async export(@Me() me: Principal, @Res() response: Response): Promise<void> {
    await this.audit.append({ actor: me.username, action: 'override.export' });
    response.setHeader('content-type', 'application/x-ndjson; charset=utf-8');
    response.setHeader('content-disposition', 'attachment; filename="huiying-overrides.jsonl"');
    for await (const text of this.record.exportTexts()) response.write(`${JSON.stringify(text)}\n`);
    response.end();
  }
}
