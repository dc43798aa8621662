import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { beijingText, dutiesOfTrigger, planTriggered, type Trigger, TRIGGER_NAMES } from '@app/domain';
import { SETTINGS, type Settings } from '@app/settings';
import { readNow, row, type Witness } from '@app/storage';
import { DataSource } from 'typeorm';
import { type Actor, actorName } from './case-change';
import { conflict, type DeskResult, invalid, type Refusal, Refused } from './desk-result';
import { Lawbook } from './lawbook.service';
import { openMatter } from './matter';

/** What a person can register; the calendar, a task or a watched site starts the others. */
export const MANUAL_TRIGGERS = [
  'policy-published',
  'superior-document',
  'programme-published',
  'congress-closed',
  'application-received',
  'personnel-changed',
] as const satisfies readonly Trigger[];

export interface MatterEntry {
  trigger: (typeof MANUAL_TRIGGERS)[number];
  /** Title of the document, number of the application …; never the name of a person. */
  title: string;
  /** 发文字号, or ''. */
  number: string;
  url: string | null;
  note: string;
  triggeredAt: Date;
  departmentId: string | null;
}

const OLDEST_DAYS = 3660;

/** Registers what starts a promised term. */
@Injectable()
export class MatterDesk {
  constructor(
    private readonly dataSource: DataSource,
    private readonly laws: Lawbook,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** The triggers for which the rules in force have a duty. */
  triggers(): Trigger[] {
    return MANUAL_TRIGGERS.filter((t) => dutiesOfTrigger(this.laws.book, t).length > 0);
  }

  async start(by: Actor, entry: MatterEntry, witness?: Witness<string>): Promise<DeskResult<{ code: string }>> {
    try {
      return await this.dataSource.transaction(async (manager) => {
        await this.laws.hold(manager);
        const now = await readNow(manager);
        const fault = this.faultOf(entry, now) ?? (await departmentFault(manager, entry.departmentId));
        if (fault) throw new Refused(fault);
        const plans = planTriggered(this.laws.book, entry.trigger, entry.triggeredAt, this.laws.calendar);
        const { trigger, triggeredAt, departmentId, number, url, note } = entry;
        const title = entry.title.trim();
        const id = await openMatter(
          manager,
          {
            ...{ trigger, triggeredAt, departmentId, title, plans, told: true, actor: actorName(by) },
            key: `${trigger}:${createHash('sha256').update(`${title}\n${number}\n${triggeredAt.toISOString()}`).digest('hex').slice(0, 24)}`,
            summary: note,
            topic: '政策',
            region: this.settings.deployment.regionCode,
            facts: { subject: title, ...(number === '' ? {} : { number }), ...(url === null ? {} : { url }), ...(note === '' ? {} : { note }) },
          },
          now,
        );
        if (id === null) throw new Refused(conflict('同一事项（名称、文号、起算时间相同）已登记'));
        await witness?.(manager, id);
        const opened = await row<{ code: string; version: string }>(manager, 'select code, version from case_file where id = $1', [id]);
        return { ok: true, caseId: id, version: Number(opened?.version ?? 1), code: opened?.code ?? '' };
      });
    } catch (error) {
      if (error instanceof Refused) return error.refusal;
      throw error;
    }
  }

  private faultOf(entry: MatterEntry, now: Date): Refusal | null {
    if (dutiesOfTrigger(this.laws.book, entry.trigger).length === 0) {
      return invalid('trigger', `启用的规则包中没有“${TRIGGER_NAMES[entry.trigger]}”的时限，可在 huiying.yaml 的 rules.packs 中加入 disclosure-* 规则包`);
    }
    const length = entry.title.trim().length;
    if (length < 2 || length > 300) return invalid('title', '必须填写名称（2–300 字）');
    if (entry.triggeredAt.getTime() > now.getTime()) return invalid('triggeredAt', `起算时间不能晚于现在（${beijingText(now)}）`);
    if (now.getTime() - entry.triggeredAt.getTime() > OLDEST_DAYS * 86_400_000) return invalid('triggeredAt', '起算时间不能早于十年前');
    return null;
  }
}

async function departmentFault(manager: Parameters<typeof row>[0], id: string | null): Promise<Refusal | null> {
  if (id === null || (await row(manager, 'select 1 from department where id = $1', [id]))) return null;
  return invalid('departmentId', `没有编号为“${id}”的部门`);
}
