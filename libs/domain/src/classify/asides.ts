import type { Facts } from './facts';

/**
 * Texts that hold the words of an event and tell of something else (CODEBOOK section 1): drills, films, job offers,
 * forecasts, share prices, closed cases, anniversaries. Told by the title (by the first sentence where there is none).
 */
export interface Aside {
  kind: string;
  start: number;
  end: number;
  /** What it takes from the margin of relevance. */
  weight: number;
}

interface Pattern {
  kind: string;
  weight: number;
  pattern: RegExp;
  /** Words that make it news after all. */
  unless?: RegExp;
  /** Holds only where nobody was harmed. */
  harmless?: boolean;
}

const GRIEVANCE = /质疑|举报|投诉|曝|诈骗|骗局|萝卜|歧视|违规|造假|维权|被指|不公|受伤|身亡|死亡|致[0-9一二三四五六七八九十]/;

const PATTERNS: readonly Pattern[] = [
  { kind: '演练', weight: 2.5, pattern: /(?:应急|消防|疏散|救援|反恐|防汛|处置|实战|综合|联合|桌面)[^，。！？]{0,8}(?:演练|演习|推演)|(?:开展|举行|举办|组织)[^，。！？]{0,24}(?:演练|演习|拉动)/, unless: /(?:演练|演习)(?:中|时|期间|现场)[^，。]{0,20}(?:身亡|死亡|受伤|坠|爆炸|事故|猝死)/ },
  { kind: '影视', weight: 1.5, pattern: /《[^》]{1,24}》[^。！？]{0,24}(?:上映|定档|开播|票房|杀青|开机|热播|首播|预告|大结局|主演|收官|路演)|(?:上映|定档|开播|票房|杀青|开机|热播|首播|电影|电视剧|影片|剧集|短剧|小说|综艺)[^。！？]{0,12}《[^》]{1,24}》/, unless: /举报|投诉|质疑|抵制|剧组[^，。]{0,10}(?:身亡|受伤|事故)/ },
  { kind: '招聘', weight: 1, pattern: /(?:公开)?(?:招聘|招录|招考|选聘|遴选|招募)[^，。！？]{0,30}(?:公告|简章|启事|名额|人员|[0-9]+[名人])|(?:招聘|招录)[0-9]+[名人]/, unless: GRIEVANCE },
  { kind: '预报', weight: 0.6, pattern: /预警(?:信号|响应)?|应急响应|天气预报|气象台|将有[^，。]{0,8}(?:雨|雪|风)|未来[0-9一二三两几]+(?:天|小时)/, unless: /灾情|受灾|被淹|决堤|被困|伤亡|失联|塌|救援|冲毁|误报|质疑/, harmless: true },
  { kind: '股市', weight: 1, pattern: /股价|跌停|涨停|概念股|市值|A股|港股|美股|盘前|盘中|收盘|净利润|财报|上交所|深交所|问询函|停牌|复牌/, unless: /跑路|爆雷|暴雷|血本无归|受害人/ },
  { kind: '企业自辩', weight: 2, pattern: /(?:公司|集团|品牌|平台|企业|车企|厂家|股份|连锁|餐饮|酒店|超市|科技|汽车|乳业|牛奶|饮料|食品|药业|手机|外卖|快递|电商|咖啡|奶茶|火锅|直播间|工作室)[^，。！？]{0,8}(?:否认|澄清|辟谣|：[^。]{0,20}(?:不实|谣言|不属实|假的)|(?:回应|声明)[^。]{0,24}(?:不实|谣言|不属实|与事实不符|造谣|正常))/, unless: /警方|公安(?!机关报案)|官方|[局委办厅部](?:通报|回应|表示|：|核查|介入)|政府|监管部门|医院|学校|银行|燃气公司|自来水|水务|供水|供电|公交|地铁|铁路|幼儿园|中毒[^，。]{0,6}(?:住院|死亡)事件/ },
  { kind: '表彰', weight: 0.8, pattern: /(?:授予|荣立|获评|获颁|记|荣获)[^，。！？]{0,14}(?:[一二三]等功|称号|奖章|勋章|荣誉|奖励)|最美[^，。]{0,6}(?:人物|教师|医生|逆行者|警察)|好人榜|见义勇为(?:英雄|模范|先进)/, unless: /死亡|身亡|遇难|牺牲|质疑|造假|不公/ },
  { kind: '明星', weight: 0.8, pattern: /^(?:知名|著名|当红|过气)?(?:演员|歌手|艺人|明星|影星|男星|女星|影帝|影后|天王|天后|流量小生)/, unless: /未成年|坠|死亡|身亡|遇难|政府|城管|警方通报/ },
  { kind: '回顾', weight: 1, pattern: /口述史|回忆录|重温|往事|那些年|那一年|老照片|幸存者(?:讲述|回忆)|一路走来|史话|今昔|(?:19[0-9]{2}|200[0-9]|201[0-5])年[^，。]{0,16}(?:回顾|回忆|纪实|始末|亲历者|口述|讲述|记忆)/, unless: /申诉|追责|再审|举报|质疑|赔偿|维权/ },
  { kind: '结案', weight: 1, pattern: /(?:被|已被|核准)?执行死刑|终审(?:判|宣|维持)|二审(?:维持|驳回)|维持原判/ },
  { kind: '周年', weight: 1, pattern: /[0-9一二三四五六七八九十百]+周年|(?:[2-9]|[1-9][0-9]|[一二三四五六七八九十]{1,3})年前的(?:今天|那)|公祭|遇难同胞|忌日/, unless: /申诉|追责|再审|家属|举报|质疑|赔偿|维权/ },
];

/** Title and what follows it up to here are looked at. */
const LEAD = 60;

export function findAside(chars: string, titleEnd: number, facts: Facts): Aside | null {
  const end = titleEnd > 0 ? titleEnd : Math.min(chars.length, LEAD);
  const title = chars.slice(0, end);
  const lead = chars.slice(0, end + LEAD);
  const harmed = [facts.dead, facts.injured, facts.trapped, facts.loss].some((f) => f !== null && f.value > 0);
  for (const p of PATTERNS) {
    if (p.harmless === true && harmed) continue;
    const m = p.pattern.exec(title);
    if (m === null || p.unless?.test(lead) === true) continue;
    return { kind: p.kind, start: m.index, end: m.index + m[0].length, weight: p.weight };
  }
  return null;
}
