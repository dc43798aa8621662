/**
 * The labels of one item (舆情), as the codebook defines them. Grades and kinds
 * follow 国务院令493号 and the national emergency plans; see config/grades.
 */
export const LEVELS = ['none', 'ordinary', 'major'] as const;
export type Level = (typeof LEVELS)[number];

export const GRADES = ['一般', '较大', '重大', '特别重大'] as const;
export type Grade = (typeof GRADES)[number];

export const CATEGORIES = ['自然灾害', '事故灾难', '公共卫生', '社会安全'] as const;
export type Category = (typeof CATEGORIES)[number];

export const TOPICS = [
  '安全事故',
  '自然灾害',
  '公共卫生',
  '食品药品',
  '生态环境',
  '教育',
  '医疗',
  '住房物业',
  '征地拆迁',
  '劳动社保',
  '交通出行',
  '城市管理',
  '公用事业',
  '农业农村',
  '市场消费',
  '金融',
  '公共安全治安',
  '政务作风',
  '政策',
  '其他',
] as const;
export type Topic = (typeof TOPICS)[number];

/** Why a label was given: `start`/`end` are UTF-16 positions in `title + "\n" + text`. */
export interface Reason {
  /** `M1`…`M8`, a row of the grade table, or the name of the deciding part. */
  rule: string;
  /** The words of the text that decided, or the features of a statistical part. */
  text: string;
  start: number;
  end: number;
  /** The law, table or model version behind it. */
  source: string;
}

export interface Label {
  relevant: boolean;
  level: Level;
  emergency: boolean;
  category: Category | null;
  grade: Grade | null;
  /** Dead, missing people counted in; null when the text gives no figure. */
  dead: number | null;
  injured: number | null;
  topic: Topic;
  rules: string[];
  needsReview: boolean;
  /** 0..1, how sure the classifier is that the item is relevant. */
  score: number;
  reasons: Reason[];
}

/** The class that decides which duties run (codebook section 5). */
export const CASE_CLASSES = ['ordinary', 'major', 'emergency'] as const;
export type CaseClass = (typeof CASE_CLASSES)[number];

/** A case that carries the 5-hour clock: an emergency of grade 重大 or 特别重大. */
export function caseClassOf(label: Pick<Label, 'level' | 'emergency' | 'grade'>): CaseClass | null {
  if (label.level === 'none') return null;
  if (label.emergency && (label.grade === '重大' || label.grade === '特别重大')) return 'emergency';
  return label.level;
}
