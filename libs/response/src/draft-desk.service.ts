import { Injectable } from '@nestjs/common';
import { DRAFT_KINDS, type DraftKind, draftStanding, EVIDENCE_NAMES, partOf, planReview, type ReviewStage, STAGE_NAMES, type SpeakerOffice, type WireDraft } from '@app/domain';
import { row, rows } from '@app/storage';
import { DataSource } from 'typeorm';
import { type Actor, type Change, changeCase } from './case-change';
import { CaseDesk } from './case-desk.service';
import { conflict, type DeskResult, invalid, missing, reasonFault, type Refusal } from './desk-result';
import { draftAlert, draftRejectedAlert } from './draft-alert';
import { type Draft, hashOf, latestOf, loadDrafts, stateOf, toWireDraft } from './draft-book';
import type { EvidenceDone } from './evidence-entry';
import { appendEvents } from './event-log';
import { writeAlerts } from './outbox';

export interface DraftText {
  title: string;
  body: string;
  /** What was changed and why. */
  note: string;
}

export interface Publication {
  url: string | null;
  happenedAt: Date;
  speaker: string | null;
  speakerOffice: SpeakerOffice | null;
}

const MAX_BODY = 10_000;

/**
 * 起草与三审. Versions and reviews are append-only. Nothing is published by the system, and no duty waits for a draft: what
 * went out otherwise is registered directly (登记回应) and shown as 未经三审.
 */
@Injectable()
export class DraftDesk {
  constructor(
    private readonly dataSource: DataSource,
    private readonly desk: CaseDesk,
  ) {}

  async load(caseId: string): Promise<WireDraft[]> {
    return (await loadDrafts(this.dataSource, caseId)).map(toWireDraft);
  }

  /** A new draft; its first version waits for 初审. */
  write(by: Actor, caseId: string, kind: DraftKind, text: DraftText): Promise<DeskResult<{ draftId: string; version: number }>> {
    return changeCase(this.dataSource, by, caseId, 'draft', async (x) => {
      if (!DRAFT_KINDS.includes(kind)) return invalid('kind', `稿件类型必须是：${DRAFT_KINDS.join('、')}`);
      const fault = textFault(text);
      if (fault) return fault;
      const made = await row<{ id: string }>(x.manager, 'insert into release_draft (case_id, kind, created_at) values ($1, $2, $3) returning id', [
        ...[x.c.id, kind, x.now],
      ]);
      if (!made) throw new Error('the draft was not written');
      await this.addVersion(x, made.id, kind, 1, text);
      return { patch: {}, result: { draftId: made.id, version: 1 } };
    });
  }

  /** The next version: the reviews start anew. @param base the version it was written from; another's change is never overwritten */
  revise(by: Actor, caseId: string, draftId: string, base: number, text: DraftText): Promise<DeskResult<{ draftId: string; version: number }>> {
    return this.onDraft(by, caseId, draftId, async (x, d) => {
      const { standing } = draftStanding(stateOf(d));
      if (standing === 'registered') return conflict('稿件已发布并登记，不能再改；后续发布请另起一稿');
      if (standing === 'withdrawn') return conflict('稿件已撤回，不能再改');
      const fault = textFault(text);
      if (fault) return fault;
      const last = latestOf(d);
      if (base !== last.version) return conflict(`${last.authorName}已保存第 ${last.version} 版，请在最新一版上修改（您的文字仍保留在本页）`);
      if (last.title === text.title.trim() && last.body === text.body) return invalid('body', '与上一版相同，没有需要保存的修改');
      await this.addVersion(x, d.id, d.kind, last.version + 1, text);
      return { patch: {}, result: { draftId: d.id, version: last.version + 1 } };
    });
  }

  /** 初审、复审、终审 of the latest version: three different people, none of them its writer. */
  review(
    by: Actor,
    caseId: string,
    draftId: string,
    asked: { version: number; stage: ReviewStage; passed: boolean; comment: string },
  ): Promise<DeskResult<{ standing: string }>> {
    return this.onDraft(by, caseId, draftId, async (x, d) => {
      const seat = { username: by.username, role: by.role ?? 'administrator', part: partOf(by.departmentId ?? null, x.c) };
      const plan = planReview(stateOf(d), asked, seat);
      if (!plan.ok) return plan;
      const comment = asked.comment.trim();
      if (!asked.passed && comment.length < 2) return invalid('comment', '退改必须写明意见（至少 2 字）');
      await rows(
        x.manager,
        'insert into draft_review (draft_id, version, stage, passed, comment, reviewer, reviewer_name, at) values ($1, $2, $3, $4, $5, $6, $7, $8)',
        [d.id, asked.version, asked.stage, asked.passed, comment, by.username, x.actor, x.now],
      );
      const { title } = latestOf(d);
      const said = `${STAGE_NAMES[asked.stage]}${asked.passed ? '通过' : '退改'}：${title}（第 ${asked.version} 版）${comment && `，${comment}`}`;
      await log(x, 'draft-reviewed', said, { draftId: d.id, ...asked, comment });
      const reviews = [...d.reviews, { ...asked, comment, reviewer: by.username, reviewerName: x.actor, at: x.now.toISOString() }];
      const { standing, next } = draftStanding(stateOf({ ...d, reviews }));
      const alert = asked.passed ? draftAlert(x.c, d, title, next, x.now) : draftRejectedAlert(x.c, d, title, asked.stage, comment, x.now);
      await writeAlerts(x.manager, [alert], x.now);
      return { patch: {}, result: { standing } };
    });
  }

  withdraw(by: Actor, caseId: string, draftId: string, reason: string): Promise<DeskResult> {
    return this.onDraft(by, caseId, draftId, async (x, d) => {
      const fault = reasonFault(reason);
      if (fault) return fault;
      const { standing } = draftStanding(stateOf(d));
      if (standing === 'registered' || standing === 'withdrawn') return conflict(standing === 'registered' ? '稿件已发布并登记，不能撤回' : '稿件已撤回');
      await rows(x.manager, 'update release_draft set withdrawn_at = $2, withdraw_reason = $3 where id = $1', [d.id, x.now, reason.trim()]);
      await log(x, 'draft-withdrawn', `撤回稿件：${latestOf(d).title}（${reason.trim()}）`, { draftId: d.id, reason: reason.trim() });
      return { patch: {}, result: {} };
    });
  }

  /** What passed 终审 has gone out: it becomes evidence with the hash of the very text that passed. */
  async register(by: Actor, caseId: string, draftId: string, p: Publication): Promise<DeskResult<EvidenceDone>> {
    const [draft] = isId(draftId) ? await loadDrafts(this.dataSource, caseId, draftId) : [];
    if (!draft) return missing(`本事件没有编号为 ${draftId} 的稿件`);
    const last = latestOf(draft);
    const finalReview = draft.reviews.find((r) => r.version === last.version && r.stage === 'final' && r.passed);
    return this.desk.registerEvidence(by, caseId, {
      ...{ kind: draft.kind, title: last.title, note: last.body, contentHash: hashOf(last), url: p.url, happenedAt: p.happenedAt },
      ...{ speaker: p.speaker, speakerOffice: p.speakerOffice, approvedBy: finalReview?.reviewerName ?? null },
      draft: { id: draft.id, version: last.version },
    });
  }

  private onDraft<T extends object>(
    by: Actor,
    caseId: string,
    draftId: string,
    body: (x: Change, d: Draft) => Promise<{ patch: object; result: T } | Refusal>,
  ): Promise<DeskResult<T>> {
    return changeCase(this.dataSource, by, caseId, 'draft', async (x) => {
      const [draft] = isId(draftId) ? await loadDrafts(x.manager, x.c.id, draftId, true) : [];
      return draft ? body(x, draft) : missing(`本事件没有编号为 ${draftId} 的稿件`);
    });
  }

  private async addVersion(x: Change, draftId: string, kind: DraftKind, version: number, text: DraftText): Promise<void> {
    const title = text.title.trim();
    await rows(
      x.manager,
      'insert into draft_version (draft_id, version, title, body, note, author, author_name, at) values ($1, $2, $3, $4, $5, $6, $7, $8)',
      [draftId, version, title, text.body, text.note.trim(), x.by.username, x.actor, x.now],
    );
    await log(x, 'draft-written', `${version === 1 ? '起草' : `修改为第 ${version} 版`}：${EVIDENCE_NAMES[kind]}“${title}”`, {
      ...{ draftId, kind, version, note: text.note.trim() },
    });
    await writeAlerts(x.manager, [draftAlert(x.c, { id: draftId, kind }, title, 'first', x.now)], x.now);
  }
}

function textFault({ title, body, note }: DraftText): Refusal | null {
  if (title.trim() === '' || title.trim().length > 300) return invalid('title', '必须填写标题（1–300 字）');
  if (body.trim() === '' || body.length > MAX_BODY) return invalid('body', `正文须为 1–${MAX_BODY} 字`);
  return note.length > 1000 ? invalid('note', '修改说明最多 1000 字') : null;
}

function isId(id: string): boolean {
  return /^[1-9]\d{0,17}$/.test(id);
}

function log(x: Change, kind: string, summary: string, data: Record<string, unknown>): Promise<void> {
  return appendEvents(x.manager, [{ caseId: x.c.id, kind, at: x.now, actor: x.actor, summary, data }], x.now);
}
