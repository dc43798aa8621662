import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { REPORT_FIELDS, type ReportTemplate, unknownFields } from '@app/domain';
import { z } from 'zod';
import { readConfigFile, type ConfigFault } from './config-file';

const line = z
  .string('a text')
  .min(1, 'a text')
  .max(500, 'at most 500 characters')
  .refine((text) => unknownFields(text).length === 0, `a text whose names in braces are of: ${REPORT_FIELDS.join(', ')}`);

const schema = z.strictObject({ title: line, lines: z.array(line).min(1, 'at least one line').max(100, 'at most 100 lines') });

/** Where a deployment keeps no template of its own. */
const PLAIN: ReportTemplate = {
  title: '关于“{title}”的情况报告',
  lines: ['编号：{code}', '地点：{place}', '发现：{detected}', '情况：{summary}', '数据来源：{figureSource}', '已开展的工作：{done}', '时限：{clocks}'],
};

/** config/report-up.yaml: the prepared text of 第一时间报告. */
export function loadReportTemplate(configDir: string, faults: ConfigFault[]): ReportTemplate | null {
  const file = join(configDir, 'report-up.yaml');
  return existsSync(file) ? readConfigFile(file, schema, faults) : PLAIN;
}
