import { Injectable } from '@nestjs/common';
import { beijingIso, foldQuality, type JudgedLabel, type Label, type Level, maskText, SMALL_COUNT, type Verdict, type WireQuality, type WireTrainingText } from '@app/domain';
import { rows } from '@app/storage';
import { DataSource } from 'typeorm';

interface TrainingRow {
  verdictId: string;
  itemId: string;
  title: string;
  text: string;
  publishedAt: Date | null;
  label: Label;
  judged: JudgedLabel;
  verdict: Verdict;
  reason: string;
  at: Date;
  classifierVersion: string;
}

const PAGE = 200;
/** What a decision is about: an item, else the whole case. */
const SUBJECT = `case when o.item_id is not null then 'i' || o.item_id else 'c' || o.case_id end`;

/** Reads what persons decided about labels: the quality of the classifier by month, and texts to train it with. */
@Injectable()
export class LabelRecord {
  constructor(private readonly dataSource: DataSource) {}

  /** What the classifier said first against what a person said last, of every item and case that somebody decided. */
  async loadQuality(): Promise<WireQuality> {
    const pairs = await rows<{ at: Date; machine: Level; person: Level }>(
      this.dataSource,
      `select distinct on (subject) subject, last_value(at) over w as at, first_value(old_label ->> 'level') over w as machine,
         last_value(new_label ->> 'level') over w as person
       from (select ${SUBJECT} as subject, o.* from label_override o) o
       window w as (partition by subject order by id rows between unbounded preceding and unbounded following)`,
    );
    return { smallCount: SMALL_COUNT, months: foldQuality(pairs) };
  }

  /** The last decision of each item, the oldest first, masked; a decision about a case stands for its first item. */
  async *exportTexts(): AsyncGenerator<WireTrainingText> {
    for (let after = '0'; ; ) {
      const page = await rows<TrainingRow>(
        this.dataSource,
        `select o.id as "verdictId", i.id as "itemId", i.title, i.text, i.published_at as "publishedAt", i.label, o.new_label as judged,
           o.verdict, o.reason, o.at, o.classifier_version as "classifierVersion"
         from label_override o
         join item i on i.id = coalesce(o.item_id, (select min(id) from item where case_id = o.case_id))
         where o.id > $1 and not exists (
           select 1 from label_override n where n.id > o.id
             and coalesce(n.item_id, (select min(id) from item where case_id = n.case_id)) = i.id)
         order by o.id limit ${PAGE}`,
        [after],
      );
      for (const r of page) yield toTrainingText(r);
      if (page.length < PAGE) return;
      after = page[page.length - 1]!.verdictId;
    }
  }
}

function toTrainingText(r: TrainingRow): WireTrainingText {
  const { dead, injured, rules } = r.label;
  return {
    id: `item-${r.itemId}`,
    title: maskText(r.title),
    text: maskText(r.text),
    date: r.publishedAt && beijingIso(r.publishedAt).slice(0, 10),
    labels: { ...r.judged, dead, injured, m: r.judged.level === 'major' ? rules : [] },
    verdict: r.verdict,
    reason: r.reason,
    decidedAt: beijingIso(r.at),
    classifierVersion: r.classifierVersion,
  };
}
