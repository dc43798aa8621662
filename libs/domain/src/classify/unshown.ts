import { ASKING } from './cues';
import type { Evidence } from './evidence';
import type { PreparedText } from './text';

/**
 * What the joint margin of M2 to M8 loses where the text itself shows that no such rule holds, or shows none: each rule
 * must be shown by words of the text (CODEBOOK section 2). Nothing is lost where a cue stands in the text, but for what
 * is private whatever its words.
 */
export function unshownMalus(e: Evidence, text: PreparedText): number {
  const title = text.chars.slice(0, text.titleEnd);
  const lead = text.chars.slice(0, text.titleEnd + LEAD);
  if (AFFAIR.test(lead) && !PUNISHED.test(lead)) return MALUS.affair;
  if (fewPoisoned(e)) return MALUS.poisoned;
  if (e.cues.length > 0) return 0;
  if (quietQuake(e) || WISH.test(title)) return MALUS.quiet;
  if (ASKING.test(title) && ACCUSED.test(lead)) return MALUS.asked;
  if (fewWorkers(e, lead)) return MALUS.workers;
  if (plainAccident(e) || UNHURT.test(lead) || PRIVATE.test(title) || (ONE_HOUSE.test(lead) && !ALL.test(lead))) return MALUS.few;
  return e.denial ? 0 : MALUS.none;
}

const LEAD = 120;
const MALUS = { affair: -0.9, poisoned: -1.2, few: -0.5, workers: -0.9, quiet: -0.4, asked: -0.9, none: -0.15 };

/** A wish (「希望开通公交」) is no loss and no harm (CODEBOOK M8). */
const WISH = /(?:希望|建议|盼望|盼|请求|恳请|何时|能否)[^，。！？]{0,16}(?:修路|修通|修建|修好|修一|建设|新建|开通|增设|增加|安装|装上|硬化|加装|开设|设置|接通)/;
const ACCUSED = /贪|挪用|受贿|收[^，。]{0,8}(?:钱|好处|回扣|礼)|猫腻|勾结|暗箱|内定|私分|关系户|黑幕|利益输送|中饱私囊/;

/** One person's morals alarm nobody (CODEBOOK M6); that an official is punished for them does (M4). */
const AFFAIR = /婚外情|不正当(?:男女|两性)?关系|出轨|有染|暧昧|私生活|包养|开房|小三|情妇|作风问题/;
const PUNISHED = /停职|免职|撤职|被查|立案|处分|双开|落马|严重违纪|调离|性骚扰|性侵|强奸|受贿|贪污/;

/** A quake below M 6.0 without a toll (CODEBOOK M1). */
function quietQuake({ facts, kinds }: Evidence): boolean {
  const toll = Math.max(facts.dead?.value ?? 0, facts.trapped?.value ?? 0);
  return kinds[0]?.kind === 'quake' && toll === 0 && (facts.magnitude?.value ?? 0) < 6;
}

/** Fewer than ten poisoned and nobody dead (CODEBOOK M3); a school's meal is M5 by its own cue. */
function fewPoisoned({ facts, kinds, cues }: Evidence): boolean {
  const n = facts.poisoned?.value ?? 0;
  return n > 0 && n < 10 && (facts.dead?.value ?? 0) === 0 && kinds.slice(0, 2).some((k) => k.kind === 'foodpoison') && !cues.some((c) => c.rule !== 'M3');
}

/** An accident is levelled by its toll; without words of another rule none of them holds. */
const ACCIDENTS = new Set(['traffic', 'fire', 'fall', 'drowning', 'animal', 'rail', 'wildfire', 'harm']);
function plainAccident({ facts, kinds, denial }: Evidence): boolean {
  if (kinds[0]?.kind === 'wildfire') return !denial;
  return !denial && ACCIDENTS.has(kinds[0]?.kind ?? '') && (facts.dead?.value ?? 0) + (facts.injured?.value ?? 0) > 0;
}

/** Private firms and their guards are no public power (CODEBOOK M4). */
const PRIVATE = /(?:公司|超市|老板|商家|物业|饭店|餐厅|酒楼|开发商|平台|保安|企业|健身房|商场|门店|中介)[^，。！？\s]{0,6}(?:被曝|篡改|打|私自|擅自|造假|伪造|欺诈|威胁)/;
/** One house or one flight of stairs is not the interest of many (CODEBOOK M8). */
const ONE_HOUSE = /我家|我们(?:楼|单元|栋|这栋)|本单元|楼道|楼上|楼下|隔壁/;
const ALL = /小区|全[城县镇乡村市区]|整[个片]|业主|[0-9百千]户/;

/** Nobody was hurt, so nothing struck the old or the young (CODEBOOK M5). */
const UNHURT = /(?:没|没有|并未|未)(?:有)?受伤|没有外伤|只是(?:推|吵|碰)/;

/** Unpaid wages of fewer than fifty workers, a stated number (CODEBOOK M8). */
function fewWorkers({ facts }: Evidence, lead: string): boolean {
  const n = facts.workers?.value ?? 0;
  return n > 0 && n < 50 && /欠薪|拖欠|工资|讨薪/.test(lead) && !/全体|全厂|数百|上百/.test(lead);
}
