import type { Category } from '../label';
import type { Evidence } from './evidence';
import { deathInCare } from './rules';
import type { EvidenceReader } from './evidence';

/**
 * Events whose figures alone decide: three or more dead or missing on the mainland, told as news. A short title gives
 * the statistical part little to go by; the figures are then the better witness. The traps are kept out by their words.
 */
const LARGE = 3;
const NATURAL = new Set(['quake', 'landslide', 'flood', 'storm', 'wildfire']);
const VIOLENT = new Set(['violence', 'terror', 'arson']);
const TRAPS = /死刑|处决|执行死|跳槽|年前|周年|历史上|年来|每年|电影|小说|游戏|剧|球|赛|导弹|空袭|军队|战争|烈士|英烈|抗战|屠杀|同胞|疫苗接种|死后|养老金|科普|咸鱼|老虎|动物|只.{0,4}死|匹|头牛|条鱼|恢复生产|诈骗|电诈|公司|债|演员|剧组/;
const NATURAL_WORDS = /山洪|洪水|洪涝|暴雨|强降雨|台风|泥石流|滑坡|地震|龙卷风|雪崩|雷击|塌方|洪灾|雨灾|山火|冰雹/;
const VIOLENT_WORDS = /持刀|砍|捅|刺死|纵火|放火|冲撞|撞人案|杀害|枪击|命案|刑案|刑事案件|凶手|凶案|伤人|行凶|暴恐|恐怖|爆炸案|投毒/;
const FOOD_WORDS = /食物中毒|中毒事件|亚硝酸盐|毒蘑菇|毒菇|食源性|聚餐后/;

/** Multiple killing is 社会安全, graded by deaths (CODEBOOK section 3). */
const CRIME_OF_SEVERAL = /故意(?:伤害|杀人)|斗殴|冲撞|行凶|持刀|砍|捅|枪击|纵火|杀害|凶杀|命案/;

export interface LargeEvent {
  category: Category;
  /** True when the figures also make the text relevant by themselves. */
  certain: boolean;
  /** What a certain event adds to the margin of relevance. */
  weight: number;
}

/** What three or more dead on the mainland weigh beside the words of the text, and one or two where the kind alarms. */
const LARGE_WEIGHT = 1.2;
const ALARMING_WEIGHT = 0.8;
/** Kinds that alarm whatever their count (CODEBOOK M1). */
const ALARMING = /煤矿|金矿|铁矿|矿井|矿山|井下|透水|瓦斯|爆炸|爆燃|闪爆|坍塌|垮塌|燃气|液化气|煤气罐|电梯坠|扶梯|游乐|缆车|校车|油罐车|槽车|危化|化工厂|烟花厂|鞭炮厂/;

/** A quake told as news; from this magnitude on it is graded (国家地震应急预案). */
const QUAKE = /[4-9](?:[.．][0-9])?级(?:左右)?(?:的)?(?:强烈|浅源)?(?:地震|强震)|地震[^，。]{0,12}[4-9](?:[.．][0-9])?级/;
const LEAST_QUAKE = 4;
const QUAKE_TRAPS = /演练|演习|模拟|纪念|周年|年前|回顾|预测|预报|谣|网传|科普|如何|怎么|海域|海沟|概念|捐|游戏|电影|抗震|设防|曾/;

export function findLargeEvent(e: Evidence, reader: EvidenceReader, chars: string): LargeEvent | null {
  if (e.foreign || e.denial) return null;
  const dead = e.facts.dead?.value ?? 0;
  const numbered = Math.max(e.facts.killed?.value ?? 0, e.facts.missing?.value ?? 0);
  const lead = chars.slice(0, 160);
  if (dead >= LARGE && numbered >= LARGE) {
    const trap = TRAPS.test(lead) || e.old || e.aside !== null || (e.titleCounts[reader.id('state.final')] ?? 0) > 0;
    return { category: categoryOf(e, chars), certain: !trap, weight: LARGE_WEIGHT };
  }
  const abroad = (e.titleCounts[reader.id('place.foreign')] ?? 0) + (e.titleCounts[reader.id('place.hkmt')] ?? 0) > 0;
  const quake = e.kinds.slice(0, 2).some((k) => k.kind === 'quake') ? QUAKE.exec(lead) : null;
  if (quake !== null && (e.facts.magnitude?.value ?? 0) >= LEAST_QUAKE && !e.old && e.aside === null && !abroad && !QUAKE_TRAPS.test(lead)) return { category: '自然灾害', certain: true, weight: (e.facts.magnitude?.value ?? 0) >= 6 ? LARGE_WEIGHT : ALARMING_WEIGHT };
  if (dead === 2 && CRIME_OF_SEVERAL.test(lead)) return { category: '社会安全', certain: false, weight: 0 };
  if (numbered > 0 && !e.old && e.aside === null && ALARMING.test(lead.slice(0, 60)) && !TRAPS.test(lead) && !VIOLENT_WORDS.test(lead)) return { category: '事故灾难', certain: true, weight: ALARMING_WEIGHT };
  if (dead > 0 && !e.old && deathInCare(e, chars) !== null) return { category: '事故灾难', certain: false, weight: 0 };
  return null;
}

function categoryOf(e: Evidence, chars: string): Category {
  const lead = chars.slice(0, 400);
  const top = e.kinds[0]?.kind ?? '';
  if (VIOLENT_WORDS.test(lead) && e.kinds.slice(0, 3).some((k) => VIOLENT.has(k.kind))) return '社会安全';
  if (FOOD_WORDS.test(lead) || top === 'epidemic') return '公共卫生';
  if (NATURAL.has(top) || (NATURAL_WORDS.test(lead) && e.kinds.slice(0, 2).some((k) => NATURAL.has(k.kind)))) return '自然灾害';
  return '事故灾难';
}
