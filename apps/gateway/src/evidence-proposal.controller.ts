import { Body, Controller, Get, HttpCode, Param, Post, UseInterceptors } from '@nestjs/common';
import { z } from 'zod';
import { AuditChain, type Principal } from '@app/accounts';
import { EVIDENCE_KINDS, mayDo } from '@app/domain';
import { EvidenceProposals } from '@app/response';
import { Allow } from './allow';
import { OnceInterceptor } from './once.interceptor';
import { Me } from './principal';
import { orRefuse, Problem } from './problem';
import { Sight } from './sight';
import { SourceReader } from './source-reader';
import { id, ZodPipe } from './zod.pipe';

const idParam = new ZodPipe(id, 'id');
const confirmation = z.strictObject({ kind: z.enum(EVIDENCE_KINDS, `须为其中之一：${EVIDENCE_KINDS.join('、')}`).optional() });

/** What official sources have said to a case, to be confirmed as evidence or dropped. */
@UseInterceptors(OnceInterceptor)
@Controller('api/v1/cases/:id/evidence-proposals')
export class EvidenceProposalController {
  constructor(
    private readonly proposals: EvidenceProposals,
    private readonly sight: Sight,
    private readonly audit: AuditChain,
    private readonly sources: SourceReader,
  ) {}

  @Get()
  @Allow('case.read')
  async list(@Me() me: Principal, @Param('id', idParam) caseId: string) {
    await this.sight.caseSeen(me, caseId);
    const open = await this.proposals.open(caseId);
    return { proposals: open.map((p) => ({ ...p, sourceTitle: this.sources.titleOf(p.sourceName) })) };
  }

  @Post(':proposalId/confirm')
  @HttpCode(200)
  @Allow('case.evidence')
  async confirm(
    @Me() me: Principal,
    @Param('id', idParam) caseId: string,
    @Param('proposalId', idParam) proposalId: string,
    @Body(new ZodPipe(confirmation)) b: z.infer<typeof confirmation>,
  ) {
    await this.sight.caseActedOn(me, caseId);
    const kind = b.kind ?? (await this.proposals.open(caseId)).find((p) => p.id === proposalId)?.kind;
    if (kind === 'settlement' && !mayDo(me.role, 'case.close')) throw new Problem(403, '您的角色不能登记办结', { type: 'right' });
    const entry = { actor: me.username, action: 'case.evidence', object: `case:${caseId}`, data: { proposalId, ...b } };
    return orRefuse(await this.proposals.confirm({ ...me, witness: (tx) => this.audit.append(entry, tx) }, caseId, proposalId, kind));
  }

  @Post(':proposalId/drop')
  @HttpCode(200)
  @Allow('case.evidence')
  async drop(@Me() me: Principal, @Param('id', idParam) caseId: string, @Param('proposalId', idParam) proposalId: string) {
    await this.sight.caseSeen(me, caseId);
    const entry = { actor: me.username, action: 'case.evidence-drop', object: `case:${caseId}`, data: { proposalId } };
    const dropped = await this.proposals.drop({ ...me, witness: (tx) => this.audit.append(entry, tx) }, caseId, proposalId);
    if (!dropped) throw new Problem(409, '这条官方发布已处理，或不在本事件中');
    return { dropped: true };
  }
}
