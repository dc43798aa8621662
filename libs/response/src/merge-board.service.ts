import { Injectable } from '@nestjs/common';
import { beijingIso, type Bounds, maskText, type WireMergedCase, type WireMergeView, type WireSimilarCase } from '@app/domain';
import { rows } from '@app/storage';
import { DataSource } from 'typeorm';

type Row = Omit<WireMergedCase, 'detectedAt'> & Bounds & { detectedAt: Date };
/** Decides which of the other cases the reader may see. */
type Seen = (row: Bounds) => boolean;

const COLUMNS = `f.id, f.code, f.title, f.detected_at as "detectedAt", f.department_id as "departmentId", f.supporting, f.region,
  (select d.region from department d where d.id = f.department_id) as "departmentRegion"`;
const MOST = 8;

/** What stands around a case for merging and splitting. */
@Injectable()
export class MergeBoard {
  constructor(private readonly dataSource: DataSource) {}

  /** @param seen other cases that the reader may not see are left out */
  async load(caseId: string, seen: Seen): Promise<WireMergeView> {
    const [similar, merged, into] = await Promise.all([
      rows<Row & Omit<WireSimilarCase, keyof WireMergedCase>>(
        this.dataSource,
        // A merged case's candidates are the survivor's.
        `with around as (
           select $1::bigint as id union select id from case_file where merged_into = $1),
         pairs as (
           select s.high_id as id, s.score, s.shared from case_similar s join around a on a.id = s.low_id
           union all select s.low_id, s.score, s.shared from case_similar s join around a on a.id = s.high_id),
         best as (
           select distinct on (coalesce(f.merged_into, f.id)) coalesce(f.merged_into, f.id) as id, p.score, p.shared
           from pairs p join case_file f on f.id = p.id order by coalesce(f.merged_into, f.id), p.score desc)
         select ${COLUMNS}, f.state, f.item_count as "itemCount", b.score, b.shared from best b join case_file f on f.id = b.id
         where f.id <> $1 and f.closed_at is null order by b.score desc, f.id desc limit 50`,
        [caseId],
      ),
      rows<Row>(this.dataSource, `select ${COLUMNS} from case_file f where f.merged_into = $1 order by f.id`, [caseId]),
      rows<Row>(
        this.dataSource,
        `select ${COLUMNS} from case_file f join case_file m on m.merged_into = f.id where m.id = $1`,
        [caseId],
      ),
    ]);
    const [survivor] = into.filter(seen).map(wire);
    return {
      similar: similar
        .filter(seen)
        .slice(0, MOST)
        .map((s) => ({
          ...wire(s),
          state: s.state,
          itemCount: s.itemCount,
          score: s.score,
          shared: s.shared.map(maskText),
        })),
      merged: merged.filter(seen).map(wire),
      mergedInto: survivor ?? null,
    };
  }
}

function wire({ id, code, title, detectedAt }: Row): WireMergedCase {
  return { id, code, title: maskText(title), detectedAt: beijingIso(detectedAt) };
}
