import type { TaskUnit, UnitPart } from './ledger';

/** The bracket at the end of a paragraph that names units and, in some documents, the term. */
export interface UnitBracket {
  units: TaskUnit[];
  /** The words after 责任时限/完成时限, and where they stand in the paragraph; null where the bracket names none. */
  limit: { text: string; start: number } | null;
  start: number;
}

/** By the first word of the key: 牵头单位, 配合部门. */
const KEYS: Record<string, UnitPart> = {
  牵头: 'lead',
  责任: 'responsible',
  承办: 'responsible',
  配合: 'supporting',
  协办: 'supporting',
};
const LIMIT_KEY = /(?:责任|完成|办结|工作)时限$/;
const KEY_SPLIT = /((?:牵头|责任|承办|配合|协办)(?:单位|部门)|(?:责任|完成|办结|工作)时限):/;
const VERBS: Record<string, UnitPart> = {
  牵头落实: 'lead',
  牵头负责: 'lead',
  牵头: 'lead',
  负责落实: 'responsible',
  负责: 'responsible',
  落实: 'responsible',
  配合: 'supporting',
  协助: 'supporting',
};
const CLAUSE =
  /(.+?)(?:按(?:照)?(?:各自)?职责(?:分工)?|分别|共同)*(牵头落实|牵头负责|负责落实|牵头|负责|落实|配合|协助)(?=$|[,、;。])[,、;。]?/gy;
/** A bracket that names units is a list, not a paragraph. */
const BRACKET_MAX = 600;

/** The bracket that closes this paragraph (in `plainForm`), or null. Brackets within names, 县〔市、区〕, are passed over. */
export function readUnitBracket(paragraph: string): UnitBracket | null {
  const trimmed = paragraph.trimEnd();
  if (!/[)]$/.test(trimmed)) return null;
  const open = openingOf(trimmed);
  if (open < 0 || trimmed.length - open > BRACKET_MAX) return null;
  const inside = trimmed.slice(open + 1, -1);
  const keyed = readKeyed(inside, open + 1);
  if (keyed) return { ...keyed, start: open };
  const units = readClauses(inside);
  return units ? { units, limit: null, start: open } : null;
}

function openingOf(text: string): number {
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at--) {
    const c = text[at] ?? '';
    if (c === ')') depth++;
    else if ((c === '(') && --depth === 0) return at;
  }
  return -1;
}

/** (责任时限:…,牵头单位:…,责任单位:…) */
function readKeyed(inside: string, offset: number): Omit<UnitBracket, 'start'> | null {
  const parts = inside.split(KEY_SPLIT);
  if (parts.length < 3 || (parts[0] ?? '').trim() !== '') return null;
  const units: TaskUnit[] = [];
  let limit: UnitBracket['limit'] = null;
  let at = offset + (parts[0] ?? '').length;
  for (let i = 1; i + 1 < parts.length; i += 2) {
    const [key = '', value = ''] = [parts[i], parts[i + 1]];
    const start = at + key.length + 1;
    at = start + value.length;
    const part = KEYS[key.slice(0, 2)];
    if (LIMIT_KEY.test(key)) limit = { text: value.replace(/[,;。\s]+$/, ''), start };
    else if (part) units.push(...splitUnits(value).map((name): TaskUnit => ({ name, part, from: 'named' })));
  }
  return units.length > 0 || limit ? { units, limit } : null;
}

/** (县发改局、县财政局按职责分工分别牵头落实), (甲牵头、乙负责,丙配合) */
function readClauses(inside: string): TaskUnit[] | null {
  const units: TaskUnit[] = [];
  CLAUSE.lastIndex = 0;
  let end = 0;
  for (let m = CLAUSE.exec(inside); m !== null; m = CLAUSE.exec(inside)) {
    const [whole, names = '', verb = ''] = m;
    const part = VERBS[verb];
    if (part) units.push(...splitUnits(names).map((name): TaskUnit => ({ name, part, from: 'named' })));
    end = m.index + whole.length;
  }
  // A remark such as (以下统称“五公开”) is no list of units.
  return units.length > 0 && inside.slice(end).trim() === '' ? units : null;
}

const GENERIC = /^(?:乡镇|街道|开发区|景区|社区|园区|镇|乡)$/;

/** 甲局、乙局等相关县直部门,各乡镇、街道 → each by itself. Separators within brackets part nothing. */
export function splitUnits(list: string): string[] {
  const names: string[] = [];
  let every = false;
  for (const piece of topLevel(list)) {
    const found = /^(.+?)等((?:相关|有关)?.*(?:部门|单位))$/.exec(piece);
    for (const name of found ? [found[1] ?? '', found[2] ?? ''] : [piece]) {
      if (name === '') continue;
      // 各乡镇、街道、开发区: the 各 stands for all that follow.
      names.push(every && GENERIC.test(name) ? `各${name}` : name);
      every = name.startsWith('各') || (every && GENERIC.test(name));
    }
  }
  return [...new Set(names)];
}

function topLevel(list: string): string[] {
  const pieces: string[] = [];
  let depth = 0;
  let piece = '';
  for (const c of list) {
    if ('(〔['.includes(c)) depth++;
    else if (')〕]'.includes(c)) depth--;
    if (depth === 0 && '、,;。 \n\t\u3000'.includes(c)) {
      pieces.push(piece);
      piece = '';
    } else piece += c;
  }
  return [...pieces, piece].map((p) => p.trim()).filter((p) => p !== '');
}

const UNIT_END =
  '(?:人民政府|政府办公室|政府办公厅|政府办|办公室|办公厅|管委会|领导小组|管理部门|主管部门|起草部门|牵头部门|责任部门|承办单位|部门|单位|机关|政府|分局|大队|支行|中心|公司|局|委|厅)(?:\\([\\u4e00-\\u9fff]+\\))?';
const NAME = `(?:各|县|市|省|区|州|各级)?[\\u4e00-\\u9fff]{0,10}?(?:\\([\\u4e00-\\u9fff]+\\))?[\\u4e00-\\u9fff]{0,8}?${UNIT_END}`;
/** Who is told to act: 由县政府办收集 …, 各乡(镇)、各部门、各单位要 …, 县司法局要于 … */
const TOLD = new RegExp(
  `(?:^|[。;,:\\n]|由)((?:${NAME}|各乡\\(镇\\)|各乡镇)(?:[、和及](?:${NAME}|各乡\\(镇\\)|各乡镇))*)(?:主要负责人|主要负责同志|主要领导|一把手)?(?:年内|每年)?(?=要|应|是政务|做好|落实|根据|按照|必须|须|负责|进行|收集|承担|依法|先行|不得|将|建立|牵头|履行|严格|在收到|需)`,
  'g',
);

/** Units that the sentences themselves tell to act, for documents without brackets. To be looked at by a person. */
export function unitsInText(text: string): TaskUnit[] {
  const names: string[] = [];
  for (const m of text.matchAll(TOLD)) {
    for (const told of splitUnits((m[1] ?? '').replace(/[和及](?=各|县|市|省)/g, '、'))) {
      // 应先由县政府办审查, 由县司法局牵相关部门答复
      const name = told.replace(/^.*由/, '').replace(/(?<=[局委办厅])牵.*$/, '');
      if (name.length > 2 && !names.includes(name)) names.push(name);
    }
  }
  return names.map((name) => ({ name, part: 'responsible', from: 'text' }));
}
