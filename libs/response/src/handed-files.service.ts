import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { WireFile } from '@app/domain';
import { type Querier, row, rows } from '@app/storage';
import { DataSource } from 'typeorm';
import { invalid, type Refusal } from './desk-result';
import { type EvidenceFile, fileFault, mediaTypeOf } from './evidence-file';

/** So many screenshots belong to one entry at most. */
export const MAX_HANDED_FILES = 5;
const SCREENSHOT = /\.(png|jpe?g|pdf)$/i;

/** The table handed_file: screenshots of what a person read elsewhere. */
@Injectable()
export class HandedFiles {
  constructor(private readonly dataSource: DataSource) {}

  /** What is wrong with the files, or null. Their kind is told by their bytes. */
  fault(files: readonly EvidenceFile[]): Refusal | null {
    if (files.length > MAX_HANDED_FILES) return invalid('files', `截图最多 ${MAX_HANDED_FILES} 个`);
    const wrong = files.find((f) => !SCREENSHOT.test(f.name));
    if (wrong) return invalid('files', `截图须为 PNG、JPG 或 PDF 文件：${wrong.name}`);
    for (const file of files) {
      const found = fileFault(file);
      if (found) return invalid('files', `${file.name}：${found.reason}`);
    }
    return null;
  }

  /** Keeps files beside an entry, each once. */
  async keep(inboxId: string, files: readonly EvidenceFile[], by: string, tx: Querier = this.dataSource): Promise<void> {
    for (const { name, bytes } of files) {
      await rows(
        tx,
        `insert into handed_file (inbox_id, name, media_type, size, sha256, bytes, added_at, added_by)
         values ($1, $2, $3, $4, $5, $6, app_now(), $7) on conflict (inbox_id, sha256) do nothing`,
        [inboxId, name, mediaTypeOf(name), bytes.length, createHash('sha256').update(bytes).digest('hex'), bytes, by],
      );
    }
  }

  /** The files of the items of a case, by item. */
  async ofCase(caseId: string): Promise<Map<string, WireFile[]>> {
    const found = await rows<WireFile & { itemId: string }>(
      this.dataSource,
      `select f.id, f.name, f.media_type as "mediaType", f.size as bytes, f.sha256, f.added_by as "addedBy", x.item_id as "itemId"
       from handed_file f join inbox x on x.id = f.inbox_id join item i on i.id = x.item_id where i.case_id = $1 order by f.id`,
      [caseId],
    );
    const byItem = new Map<string, WireFile[]>();
    for (const { itemId, ...file } of found) byItem.set(itemId, [...(byItem.get(itemId) ?? []), file]);
    return byItem;
  }

  /** One file of a case; null where it is not of this case. */
  async load(caseId: string, fileId: string): Promise<{ name: string; mediaType: string; sha256: string; bytes: Buffer } | null> {
    return row(
      this.dataSource,
      `select f.name, f.media_type as "mediaType", f.sha256, f.bytes from handed_file f join inbox x on x.id = f.inbox_id
       join item i on i.id = x.item_id where f.id = $2 and i.case_id = $1`,
      [caseId, fileId],
    );
  }
}
