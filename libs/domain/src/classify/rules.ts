import type { Category } from '../label';
import type { Evidence } from './evidence';
import type { Figure } from './facts';
import { gradeRank, type GradeFinding } from './grade';

export interface M1Finding {
  figure: Figure;
  source: string;
}

interface M1Input {
  evidence: Evidence;
  grade: GradeFinding;
  category: Category;
  chars: string;
}

/** Kinds that alarm whatever their count, with anyone dead or missing (CODEBOOK M1). */
const ALARMING = new Set(['mine', 'hazchem', 'explosion', 'structure', 'special', 'gas']);
const ALARMING_WORDS = /爆炸|爆燃|闪爆|煤矿|金矿|铁矿|矿井|矿山|井下|瓦斯|透水|坍塌|垮塌|倒塌|断桥|桥面断裂|电梯|扶梯|过山车|游乐设施|蹦极|缆车|索道|燃气|煤气|天然气|液化气|危化|液氯|液氨|氨气|泄漏|油罐车|槽车|化工厂|烟花|爆竹/;
const DEATH_IN_CARE =
  /(?:在校(?!车)|校内|校园内|在(?:学校|幼儿园|宿舍|教室|操场)|(?:学校|幼儿园|小学|中学|养老院|敬老院|福利院|护理院)(?:内|里|宿舍|操场|化粪池|火灾|起火|发生[^，。]{0,12}(?:火灾|事故|坠楼|坠亡))|(?:宿舍|教室|操场|校门内)(?:内|里)?|(?:学校|幼儿园|小学|中学|养老院|敬老院|福利院|护理院|养老机构)[^，。]{0,2}(?:失火|着火|起火|火灾|坍塌)|(?:医院|卫生院|住院部|病房|手术)(?:内|[^，。]{0,10}(?:失误|误)|锅炉|电梯|[^，。]{0,8}(?:坠楼|坠亡|跳楼|爆炸|火灾)))[^。！？\n]{0,24}(?:身亡|死亡|遇难|坠亡|坠楼|溺亡|猝死|去世|死(?!角)|离世)/;
const SCHOOL_BUS = /校车|接送学生(?:的)?车|幼儿园(?:接送)?车/;
const VIOLENCE_MANY = /(?:持刀|持械|驾车|开车|驾驶[^，。]{0,6}车)[^，。]{0,14}(?:伤人|冲撞|撞人|砍|捅|刺)[^。]{0,60}(?:多人|(?:[2-9]|[1-9][0-9]+|[二三四五六七八九十两]+)(?:名[^，。]{0,6})?(?:人|死|伤|受伤))|无差别|随机(?:伤人|杀人)|冲撞(?:人群|行人)|暴恐|恐怖袭击/;
/** 国家地震应急预案 grades by magnitude from M 4; the codebook alarms only from M 6.0. */
const ALARM_MAGNITUDE = 6.0;
const TRAPPED_UNKNOWN = 10;

/** M1: a 突发事件 of grade 较大 or above, or of a kind that alarms whatever its count. */
export function findM1(input: M1Input): M1Finding | null {
  return byGrade(input) ?? byKind(input) ?? severalStruck(input) ?? byPlace(input);
}

function byGrade({ grade, evidence }: M1Input): M1Finding | null {
  if (gradeRank(grade.grade) < gradeRank('较大')) return null;
  if (grade.fact === 'magnitude' && (evidence.facts.magnitude?.value ?? 0) < ALARM_MAGNITUDE) return null;
  if (grade.figure === null) return null;
  return { figure: grade.figure, source: grade.row?.source ?? '文中官方定级' };
}

function byKind({ evidence, category, chars }: M1Input): M1Finding | null {
  const { dead, trapped } = evidence.facts;
  if (category === '自然灾害') return trappedFinding(trapped, chars);
  const fatal = dead !== null && dead.value > 0;
  if (fatal && category === '事故灾难') {
    const kind = evidence.kinds.slice(0, 3).find((k) => ALARMING.has(k.kind));
    const word = kind === undefined ? null : alarmingWord(chars, evidence, dead);
    if (word !== null) return { figure: span(dead, word.index, word[0].length), source: 'CODEBOOK M1 (矿山、危化、爆炸、坍塌、特种设备、燃气有人死亡)' };
  }
  const violence = category === '社会安全' ? VIOLENCE_MANY.exec(chars.slice(0, 400)) : null;
  if (violence !== null) return { figure: { value: dead?.value ?? 0, start: violence.index, end: violence.index + violence[0].length }, source: 'CODEBOOK M1 (公共场所对多人施暴)' };
  return trappedFinding(trapped, chars);
}

/** Violence against several people (CODEBOOK M1): two or more dead, or three or more struck, by one act; not a crime of years ago. */
function severalStruck({ evidence, category, chars }: M1Input): M1Finding | null {
  const { dead, injured } = evidence.facts;
  const killed = evidence.facts.killed?.value ?? 0;
  const struck = killed + (injured?.value ?? 0);
  const figure = dead !== null && dead.value > 0 ? dead : injured;
  if (category !== '社会安全' || figure === null || (killed < 2 && struck < 3) || LONG_AGO.test(chars.slice(0, 200))) return null;
  const act = ACT.exec(chars.slice(0, 300));
  return act === null ? null : { figure: { value: figure.value, start: act.index, end: Math.max(act.index + act[0].length, figure.start < act.index + 80 ? figure.end : 0) }, source: 'CODEBOOK M1 (对多人施暴)' };
}

const ACT = /持刀|持械|砍|捅|刺|冲撞|撞人|开车|驾车|斗殴|放火|纵火|枪击|行凶|爆炸|投毒/;
const LONG_AGO = /[0-9一二三四五六七八九十]+年前|逃亡|潜逃|年后|多年/;

/** The word must stand in the title or in the sentence of the toll: a later aside is not the accident. */
function alarmingWord(chars: string, e: Evidence, dead: Figure): { index: number; 0: string } | null {
  for (const s of e.sentences) {
    if (s.start !== 0 && !(s.start <= dead.start && dead.start <= s.end)) continue;
    const m = ALARMING_WORDS.exec(chars.slice(s.start, s.end));
    if (m !== null) return { index: s.start + m.index, 0: m[0] };
  }
  return null;
}

const ALL_SAFE = /(?:全部|均|悉数|全都)(?:被|已|都|成功|安全)*(?:获救|救出|脱险|解救)|成功(?:解救|救出)/;

function trappedFinding(trapped: Figure | null, chars: string): M1Finding | null {
  if (ALL_SAFE.test(chars.slice(0, 1500))) return null;
  return trapped !== null && trapped.value >= TRAPPED_UNKNOWN ? { figure: trapped, source: 'CODEBOOK M1 (十人以上被埋或被困)' } : null;
}

function byPlace({ evidence, chars }: M1Input): M1Finding | null {
  return deathInCare(evidence, chars);
}

/** A school bus accident, or a death in a school, kindergarten, hospital or care home. */
export function deathInCare(evidence: Evidence, chars: string): M1Finding | null {
  const lead = chars.slice(0, 300);
  const bus = SCHOOL_BUS.exec(lead);
  if (bus !== null) return { figure: { value: 0, start: bus.index, end: bus.index + bus[0].length }, source: 'CODEBOOK M1 (校车)' };
  const { dead } = evidence.facts;
  if (dead === null || dead.value === 0) return null;
  const place = DEATH_IN_CARE.exec(lead);
  return place === null ? null : { figure: span(dead, place.index, place[0].length), source: 'CODEBOOK M1 (学校、幼儿园、医院、养老机构内死亡)' };
}

function span(dead: Figure, index: number, length: number): Figure {
  return { value: dead.value, start: index, end: Math.max(index + length, Math.min(dead.end, index + 80)) };
}
