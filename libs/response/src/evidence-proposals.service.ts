import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { beijingIso, type EvidenceKind, guessVoice, maskText, pickRumour, type WireEvidenceProposal } from '@app/domain';
import { row, rows } from '@app/storage';
import { DataSource, type EntityManager } from 'typeorm';
import { type Actor, actorName } from './case-change';
import { CaseDesk } from './case-desk.service';
import { conflict, type DeskResult } from './desk-result';
import type { EvidenceDone } from './evidence-entry';

const MOST_CANDIDATES = 200;

interface OfficialItem {
  itemId: string;
  title: string;
  text: string;
  publishedAt: Date | null;
  publishedCertain: boolean;
  fetchedAt: Date;
}

/** An official item has joined a case: it is proposed as evidence, in the transaction that joins it. */
export async function proposeEvidence(manager: EntityManager, caseId: string, item: OfficialItem, now: Date): Promise<void> {
  const guess = guessVoice(item);
  const denied = guess.denies ? await deniedItem(manager, caseId, item) : null;
  const stated = item.publishedCertain && item.publishedAt !== null && item.publishedAt.getTime() <= item.fetchedAt.getTime();
  await rows(
    manager,
    `insert into evidence_proposal (item_id, kind, reason, happened_at, denies_item_id, created_at)
     values ($1, $2, $3, $4, $5, $6) on conflict (item_id) do nothing`,
    [item.itemId, guess.kind, guess.reason, stated ? item.publishedAt : item.fetchedAt, denied, now],
  );
}

async function deniedItem(manager: EntityManager, caseId: string, item: OfficialItem): Promise<string | null> {
  const candidates = await rows<{ id: string; title: string; text: string }>(
    manager,
    `select id, title, text from item where case_id = $1 and not official and id <> $2 order by id desc limit ${MOST_CANDIDATES}`,
    [caseId, item.itemId],
  );
  return pickRumour(item, candidates)?.id ?? null;
}

interface Proposed {
  itemId: string;
  kind: EvidenceKind;
  title: string;
  text: string;
  url: string | null;
  happenedAt: Date;
}

/** The table evidence_proposal: what official sources have said to a case, until a person has confirmed or dropped it. */
@Injectable()
export class EvidenceProposals {
  constructor(
    private readonly dataSource: DataSource,
    private readonly desk: CaseDesk,
  ) {}

  /** Those of a case that nobody has settled yet, in the order they came. */
  async open(caseId: string): Promise<WireEvidenceProposal[]> {
    const found = await rows<Omit<WireEvidenceProposal, 'happenedAt'> & { happenedAt: Date }>(
      this.dataSource,
      `select p.id, p.item_id as "itemId", p.kind, p.reason, i.title, i.url, i.source_name as "sourceName",
         p.happened_at as "happenedAt", r.title as "deniesTitle"
       from evidence_proposal p join item i on i.id = p.item_id left join item r on r.id = p.denies_item_id
       where i.case_id = $1 and p.state = 'open' order by p.id`,
      [caseId],
    );
    return found.map((p) => ({
      ...p,
      title: maskText(p.title),
      deniesTitle: p.deniesTitle && maskText(p.deniesTitle),
      happenedAt: beijingIso(p.happenedAt),
    }));
  }

  /** One click: registers it as evidence under the rules of any evidence; refused by them, it stays proposed. */
  async confirm(by: Actor, caseId: string, id: string, kind?: EvidenceKind): Promise<DeskResult<EvidenceDone>> {
    const proposed = await row<Proposed>(
      this.dataSource,
      `select i.id as "itemId", p.kind, i.title, i.text, i.url, p.happened_at as "happenedAt"
       from evidence_proposal p join item i on i.id = p.item_id where p.id = $1 and i.case_id = $2 and p.state = 'open'`,
      [id, caseId],
    );
    if (!proposed) return conflict('这条官方发布已处理，或不在本事件中');
    return this.register(by, caseId, id, proposed, kind ?? proposed.kind);
  }

  /** It is no answer to this case. @returns false when it was settled already or is not of this case */
  async drop(by: Actor, caseId: string, id: string): Promise<boolean> {
    return this.dataSource.transaction(async (tx) => {
      const done = await row(
        tx,
        `update evidence_proposal p set state = 'dropped', settled_by = $3, settled_at = app_now() from item i
         where p.id = $1 and i.id = p.item_id and i.case_id = $2 and p.state = 'open' returning p.id`,
        [id, caseId, actorName(by)],
      );
      if (done) await by.witness?.(tx);
      return done !== null;
    });
  }

  /** The proposal is settled in the transaction that registers it (`settleProposal`). */
  private register(by: Actor, caseId: string, proposalId: string, c: Proposed, kind: EvidenceKind): Promise<DeskResult<EvidenceDone>> {
    const note = `由官方来源自动发现（信息 ${c.itemId}），经人工确认`;
    // Without an address the text as it was read is the proof: its digest is kept.
    const contentHash = createHash('sha256').update(`${c.title}\n${c.text}`).digest('hex');
    return this.desk.registerEvidence(by, caseId, {
      ...{ kind, title: c.title, url: c.url, note, happenedAt: c.happenedAt, officialItemId: c.itemId },
      ...{ approvedBy: null, speaker: null, contentHash, proposalId },
    });
  }
}
