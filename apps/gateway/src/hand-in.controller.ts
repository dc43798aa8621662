import { Body, Controller, Get, HttpCode, Param, Post, UploadedFiles, UseInterceptors } from '@nestjs/common';
import { FilesInterceptor } from '@nestjs/platform-express';
import { z } from 'zod';
import { AuditChain, type Principal } from '@app/accounts';
import { boundToDepartment, type HandedEntry, isWhole, type WireHanded } from '@app/domain';
import { HandedFiles, Inbox, MAX_FILE_BYTES, MAX_HANDED_FILES, plainFileName } from '@app/response';
import { Allow } from './allow';
import { OnceInterceptor } from './once.interceptor';
import { Me } from './principal';
import { orRefuse, Problem } from './problem';
import { Sight } from './sight';
import { id, instant, typed, ZodPipe } from './zod.pipe';

const url = typed(2000, 0)
  .nullish()
  .refine((s) => !s || (/^https?:\/\/\S+$/i.test(s) && URL.canParse(s)), '网址须以 http:// 或 https:// 开头');
const fields = {
  title: typed(300),
  text: typed(20_000, 0).nullish(),
  url,
  publishedAt: instant.nullish(),
  region: typed(60, 0).nullish(),
};
const pushed = z.strictObject({ ...fields, guid: typed(300) });
const MOST = 200;
const list = z.strictObject({
  items: z.array(z.unknown(), '须为列表').min(1, '至少一条').max(MOST, `一次最多 ${MOST} 条`),
});
const manual = z.strictObject({ ...fields, source: typed(100) });
/** Screenshots in memory; a form's fields are as short as JSON's. */
const UPLOAD = {
  limits: {
    fileSize: MAX_FILE_BYTES,
    files: MAX_HANDED_FILES,
    fields: 10,
    fieldSize: 128 * 1024,
    fieldNameSize: 100,
    parts: 20,
  },
  defParamCharset: 'utf8',
};

/** Items that nobody fetched: pushed by a monitoring vendor, or typed in by a person. The crawler stores them. */
@Controller('api/v1')
export class HandInController {
  constructor(
    private readonly inbox: Inbox,
    private readonly files: HandedFiles,
    private readonly audit: AuditChain,
    private readonly sight: Sight,
  ) {}

  /** A vendor's items; the vendor and `guid` together are the idempotency. What is wrong is refused by itself, the rest is taken. */
  @Post('items')
  @HttpCode(202)
  @Allow('item.push')
  async push(@Me() { token }: Principal, @Body(new ZodPipe(list)) body: z.infer<typeof list>) {
    const vendor = token!.name;
    const read = body.items.map((item, at) => readItem(item, at));
    const good = read.flatMap((r) => ('fault' in r ? [] : [r]));
    const handed = await this.inbox.hand(
      good.map(({ guid, ...b }) => ({
        sourceName: `push-${vendor}`,
        guid,
        entry: entryOf(b),
        submittedBy: `key:${vendor}`,
      })),
    );
    const refused = read.flatMap((r) => ('fault' in r ? [r.fault] : []));
    if (handed.length === 0) throw new Problem(422, refused[0]?.reason ?? '没有可收的条目', { faults: refused });
    return { accepted: handed, refused };
  }

  /** What became of a pushed item. */
  @Get('inbox/:id')
  @Allow('item.push')
  async pushedState(
    @Me() { token }: Principal,
    @Param('id', new ZodPipe(id, 'id')) inboxId: string,
  ): Promise<WireHanded> {
    return found(await this.inbox.state(inboxId, `push-${token!.name}`), inboxId);
  }

  /** 手工录入. An entry with an address is the same entry however often it is typed in. */
  @Post('items/manual')
  @HttpCode(202)
  @UseInterceptors(FilesInterceptor('files', MAX_HANDED_FILES, UPLOAD), OnceInterceptor)
  @Allow('item.enter')
  async enter(
    @Me() me: Principal,
    @Body(new ZodPipe(manual)) b: z.infer<typeof manual>,
    @UploadedFiles() uploads: { originalname: string; buffer: Buffer }[] | undefined,
  ): Promise<WireHanded> {
    const files = (uploads ?? []).map((u) => ({ name: plainFileName(u.originalname), bytes: u.buffer }));
    const fault = this.files.fault(files);
    if (fault) orRefuse(fault);
    const guid = b.url || `${b.source}：${b.title}`;
    // Whoever sees only a part of the deployment speaks of that part, unless the entry says another place in it.
    const region = b.region || (isWhole(me) ? null : me.region);
    const entry = { ...entryOf({ ...b, region }), sourceTitle: b.source };
    const data = { title: b.title, url: b.url ?? null, files: files.map((f) => f.name) };
    const [handed] = await this.inbox.hand(
      [{ sourceName: 'manual', guid, entry, submittedBy: handOf(me) }],
      async (tx, { ids: [inboxId] }) => {
        await this.files.keep(inboxId!, files, me.displayName, tx);
        await this.audit.append({ actor: me.username, action: 'item.enter', object: inboxId!, data }, tx);
      },
    );
    if (!handed) throw new Error('nothing was taken in');
    return handed;
  }

  /** What became of an entry typed in. */
  @Get('entries/:id')
  @Allow('item.enter')
  async enteredState(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) inboxId: string): Promise<WireHanded> {
    // What others typed in is theirs, unless one is answerable for the whole deployment.
    const by = isWhole(me) && !boundToDepartment(me.role) ? null : handOf(me);
    const state = found(await this.inbox.state(inboxId, 'manual', by), inboxId);
    const seen = state.caseId === null || (await this.sight.sees(me, state.caseId));
    return seen ? state : { ...state, caseId: null };
  }
}

const handOf = (me: Principal): string => `user:${me.username}`;

type Given = Omit<z.infer<typeof pushed>, 'guid'>;

function readItem(item: unknown, at: number): z.infer<typeof pushed> | { fault: { key: string; reason: string } } {
  try {
    return new ZodPipe(pushed).transform(item);
  } catch (error) {
    if (error instanceof Problem) return { fault: { key: `items.${at}`, reason: error.detail } };
    throw error;
  }
}

function entryOf(b: Given): HandedEntry {
  return {
    title: b.title,
    text: b.text ?? '',
    url: b.url || null,
    publishedAt: b.publishedAt?.toISOString() ?? null,
    certain: b.publishedAt != null,
    region: b.region || null,
    handedOnBy: null,
    sourceTitle: null,
  };
}

function found(state: WireHanded | null, inboxId: string): WireHanded {
  if (!state) throw new Problem(404, `没有编号为 ${inboxId} 的录入`);
  return state;
}
