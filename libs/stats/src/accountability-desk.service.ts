import { Inject, Injectable } from '@nestjs/common';
import { type AccountabilityForm, ACCOUNTABILITY_FORMS, beijingIso, type Breach, fillTemplate, FORM_NAMES, maskText, maySee, type Bounds, templateValues, type Viewer } from '@app/domain';
import { SETTINGS, type Settings } from '@app/settings';
import { readNow, row, rows, type Witness } from '@app/storage';
import { DataSource } from 'typeorm';
import type { Answer } from './assessment-desk.service';

/** Breaches listed at once. */
const MOST = 200;

export interface WireDecision {
  id: string;
  form: AccountabilityForm;
  formName: string;
  decision: 'issued' | 'dropped';
  title: string;
  body: string;
  reason: string;
  by: string;
  at: string;
}

export interface WireBreach {
  clockId: string;
  caseId: string;
  caseCode: string;
  caseTitle: string;
  title: string;
  departmentName: string | null;
  dueAt: string;
  metAt: string | null;
  /** Drafts of the three forms from their templates: nothing is decided by them. */
  drafts: { form: AccountabilityForm; formName: string; title: string; body: string }[];
  decisions: WireDecision[];
}

/** 问责: breaches with drafts from the templates, and what persons decided on them. */
@Injectable()
export class AccountabilityDesk {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'accountability' | 'deployment'>,
  ) {}

  /** The newest breaches first; `open`: only those that nobody has decided about. */
  async load(viewer: Viewer, open: boolean): Promise<{ breaches: WireBreach[]; total: number }> {
    const now = await readNow(this.dataSource);
    const found = (await this.loadBreaches(open)).filter((b) => maySee(viewer, b));
    const shown = found.slice(0, MOST);
    const decisions = await this.loadDecisions(shown.map((b) => b.clockId));
    return { breaches: shown.map((b) => this.wire(b, now, decisions.get(b.clockId) ?? [])), total: found.length };
  }

  /** A person takes the draft as it is or as changed, or drops it; both with a reason. Who may see the case is asked before. */
  async decide(by: string, clockId: string, given: { form: AccountabilityForm; decision: 'issued' | 'dropped'; title: string; body: string; reason: string }, witness?: Witness): Promise<Answer<WireDecision>> {
    const breach = (await this.loadBreaches(false, clockId))[0];
    if (!breach) return { ok: false, kind: 'missing', reason: '没有这项超期，或者该时限已按期完成' };
    if (given.decision === 'issued' && (given.title.trim() === '' || given.body.trim() === '')) return { ok: false, kind: 'invalid', field: 'body', reason: '签发须有标题和正文' };
    if (given.decision === 'issued' && /\{[^{}\s]{1,20}\}|（尚未交办单位）/.test(given.title + given.body)) return { ok: false, kind: 'invalid', field: 'body', reason: '正文中还有未填写的内容' };
    const made = await this.dataSource.transaction(async (tx) => {
      const written = await row<{ id: string; at: Date }>(
        tx,
        `insert into accountability_decision (clock_id, case_id, department_id, form, decision, title, body, reason, decided_by, decided_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, app_now()) returning id, decided_at as at`,
        [
          ...[clockId, breach.caseId, breach.departmentId, given.form, given.decision],
          ...(given.decision === 'issued' ? [given.title.trim(), given.body.trim()] : ['', '']),
          ...[given.reason, by],
        ],
      );
      await witness?.(tx);
      return written;
    });
    if (!made) throw new Error('the decision was not written');
    return { ok: true, value: { ...given, id: made.id, formName: FORM_NAMES[given.form], by, at: beijingIso(made.at) } };
  }

  /** A decision with what its document needs; null: there is none with this id. */
  async loadDecision(id: string): Promise<(WireDecision & Bounds & { departmentName: string | null; decidedAt: Date }) | null> {
    const found = await row<Omit<WireDecision, 'formName' | 'at'> & Bounds & { departmentName: string | null; decidedAt: Date }>(
      this.dataSource,
      `select a.id, a.form, a.decision, a.title, a.body, a.reason, a.decided_by as by, a.decided_at as "decidedAt", d.name as "departmentName",
         f.department_id as "departmentId", f.supporting, f.region, l.region as "departmentRegion"
       from accountability_decision a join case_file f on f.id = a.case_id left join department d on d.id = a.department_id
         left join department l on l.id = f.department_id where a.id = $1`,
      [id],
    );
    return found && { ...found, formName: FORM_NAMES[found.form], at: beijingIso(found.decidedAt) };
  }

  private wire(b: Breach, now: Date, decisions: WireDecision[]): WireBreach {
    const shown = { ...b, caseTitle: maskText(b.caseTitle) };
    const values = templateValues(shown, this.settings.deployment.name, now);
    return {
      ...{ clockId: b.clockId, caseId: b.caseId, caseCode: b.caseCode, caseTitle: shown.caseTitle, title: b.title, departmentName: b.departmentName },
      ...{ dueAt: beijingIso(b.dueAt), metAt: b.metAt && beijingIso(b.metAt), decisions },
      drafts: ACCOUNTABILITY_FORMS.map((form) => {
        const { title, body } = this.settings.accountability[form];
        return { form, formName: FORM_NAMES[form], title: fillTemplate(title, values), body: fillTemplate(body, values).trim() };
      }),
    };
  }

  /** Limits that passed unmet, or were met after them. What is 暂定, stands still, or ended before its limit is no breach. */
  private loadBreaches(open: boolean, clockId: string | null = null): Promise<(Breach & Bounds)[]> {
    return rows<Breach & Bounds>(
      this.dataSource,
      `select c.id as "clockId", f.id as "caseId", f.code as "caseCode", f.title as "caseTitle", c.duty, c.title,
         coalesce(c.department_id, f.department_id) as "departmentId", d.name as "departmentName", c.due_at as "dueAt", c.met_at as "metAt",
         c.rule ->> 'document' as document, c.rule ->> 'number' as number, c.rule ->> 'article' as article, c.rule ->> 'quote' as quote,
         f.supporting, f.region, d.region as "departmentRegion"
       from clock c join case_file f on f.id = c.case_id left join department d on d.id = coalesce(c.department_id, f.department_id)
       where (c.state = 'met_late' or (c.state = 'open' and c.due_at <= app_now())) and not c.provisional
         and f.merged_into is null and ($1::bigint is null or c.id = $1)
         and (not $2 or not exists (select 1 from accountability_decision a where a.clock_id = c.id))
       order by c.due_at desc, c.id desc limit 2000`,
      [clockId, open],
    );
  }

  private async loadDecisions(clockIds: string[]): Promise<Map<string, WireDecision[]>> {
    const found = await rows<Omit<WireDecision, 'formName' | 'at'> & { clockId: string; at: Date }>(
      this.dataSource,
      `select id, clock_id as "clockId", form, decision, title, body, reason, decided_by as by, decided_at as at
       from accountability_decision where clock_id = any($1::bigint[]) order by id`,
      [clockIds],
    );
    const map = new Map<string, WireDecision[]>();
    for (const { clockId, at, ...d } of found) map.set(clockId, [...(map.get(clockId) ?? []), { ...d, formName: FORM_NAMES[d.form], at: beijingIso(at) }]);
    return map;
  }
}
