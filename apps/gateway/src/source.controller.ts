import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { z } from 'zod';
import { AuditChain, type Principal } from '@app/accounts';
import { maskText, type ProbeAnswer, type WireSource, type WireSourceDetail } from '@app/domain';
import { type Audit, type SourceSaved, SourceBook, SourceProbes } from '@app/response';
import { Allow } from './allow';
import { Me } from './principal';
import { orRefuse, Problem } from './problem';
import { RegionSight } from './region-sight';
import { SourceReader } from './source-reader';
import { id, typed, ZodPipe } from './zod.pipe';

const MAX_DEFINITION = 20_000;
const name = z.string().regex(/^[a-z][a-z0-9-]{1,47}$/, '须为来源标识');
const definition = z
  .record(z.string(), z.unknown(), '须为一个来源的设置')
  .refine((d) => JSON.stringify(d).length <= MAX_DEFINITION, `最多 ${MAX_DEFINITION} 个字符`);
const saved = z.strictObject({ definition });
const switched = z.strictObject({ enabled: z.boolean('须为 true 或 false') });
const probe = z.union(
  [
    z.strictObject({ url: typed(2000).refine((s) => /^https?:\/\/\S+$/i.test(s) && URL.canParse(s), '网址须以 http:// 或 https:// 开头') }),
    z.strictObject({ definition }),
  ],
  '须给出网址 url，或完整设置 definition',
);

/** 来源: what is read, how it fares, and the editor with its dry run. */
@Controller('api/v1')
export class SourceController {
  constructor(
    private readonly reader: SourceReader,
    private readonly book: SourceBook,
    private readonly probes: SourceProbes,
    private readonly audit: AuditChain,
    private readonly regions: RegionSight,
  ) {}

  @Get('sources')
  @Allow('source.read')
  async list(@Me() me: Principal): Promise<{ sources: WireSource[] }> {
    return { sources: (await this.reader.list()).filter((s) => this.regions.sees(me, s.region)) };
  }

  @Get('sources/:name')
  @Allow('source.read')
  async one(@Me() me: Principal, @Param('name', new ZodPipe(name, 'name')) wanted: string): Promise<WireSourceDetail> {
    const found = await this.reader.detail(wanted);
    if (!found || !this.regions.sees(me, found.source.region)) throw new Problem(404, `没有名为 ${wanted} 的来源`);
    return found;
  }

  @Post('sources')
  @Allow('source.write')
  async add(@Me() me: Principal, @Body(new ZodPipe(saved)) body: z.infer<typeof saved>) {
    return told(orRefuse(await this.book.save(null, body.definition, me.username, this.auditOf(me, 'source.add', body.definition['name'], body))));
  }

  @Put('sources/:name')
  @Allow('source.write')
  async change(
    @Me() me: Principal,
    @Param('name', new ZodPipe(name, 'name')) wanted: string,
    @Body(new ZodPipe(saved)) body: z.infer<typeof saved>,
  ) {
    return told(orRefuse(await this.book.save(wanted, body.definition, me.username, this.auditOf(me, 'source.change', wanted, body))));
  }

  /** 停用, 启用. */
  @Post('sources/:name/enabled')
  @HttpCode(200)
  @Allow('source.write')
  async enable(
    @Me() me: Principal,
    @Param('name', new ZodPipe(name, 'name')) wanted: string,
    @Body(new ZodPipe(switched)) { enabled }: z.infer<typeof switched>,
  ) {
    const action = enabled ? 'source.resume' : 'source.pause';
    return told(orRefuse(await this.book.setEnabled(wanted, enabled, me.username, this.auditOf(me, action, wanted, {}))));
  }

  /** What was read stays; only the reading ends. */
  @Delete('sources/:name')
  @HttpCode(200)
  @Allow('source.write')
  async remove(@Me() me: Principal, @Param('name', new ZodPipe(name, 'name')) wanted: string) {
    return told(orRefuse(await this.book.remove(wanted, me.username, this.auditOf(me, 'source.delete', wanted, {}))));
  }

  /** 试抓: made in a crawler, under the same guard, robots.txt and pauses as any reading; stores nothing. */
  @Post('source-probes')
  @HttpCode(202)
  @Allow('source.try')
  async tryOut(@Me() me: Principal, @Body(new ZodPipe(probe)) body: z.infer<typeof probe>): Promise<{ id: string }> {
    const object = 'url' in body ? body.url : String(body.definition['url'] ?? '');
    const entry = { actor: me.username, action: 'source.try', object: object.slice(0, 500) };
    const { id: asked } = orRefuse(await this.probes.ask(body, me.username, (tx) => this.audit.append(entry, tx)));
    return { id: asked };
  }

  @Get('source-probes/:id')
  @Allow('source.try')
  async tried(@Me() me: Principal, @Param('id', new ZodPipe(id, 'id')) asked: string): Promise<{ answer: ProbeAnswer | null }> {
    const state = await this.probes.state(asked, me.username);
    if (!state) throw new Problem(404, `没有编号为 ${asked} 的试抓`);
    return { answer: state.answer && masked(state.answer) };
  }

  private auditOf(me: Principal, action: string, wanted: unknown, data: Record<string, unknown>): Audit {
    return (tx, was) => this.audit.append({ actor: me.username, action, object: `source:${String(wanted)}`, data: { ...data, was } }, tx);
  }
}

const told = ({ source, created }: SourceSaved) => ({ name: source.name, enabled: source.enabled, created });

function masked(answer: ProbeAnswer): ProbeAnswer {
  return { ...answer, items: answer.items.map((i) => ({ ...i, title: maskText(i.title), text: maskText(i.text) })) };
}
