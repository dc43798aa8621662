import { ANCHOR, type Facts, type Figure, type Sentence } from './facts';
import { FOUND_MISSING, NO_DEATHS } from './fact-patterns';

/**
 * Deaths told without a figure: 「女子坠楼身亡」 is one, 「母女遇难」 two, 「多人死亡」 two (CODEBOOK section 3).
 * Fills `dead`, `injured` and their zeros where the figures gave nothing.
 */
const STRICT = '[坠溺触窒]\\S{1,3}死亡|(?:意外|离奇|突然|中毒|抢救后|送医后)死亡|[踢踹踩压轧闷捂扎捶砸烫饿冻勒淹碾]死|(?:狱中|证实|确认|被发现)死亡|跳(?:楼|江|河|桥)(?:身亡|而亡)|裸死|惨死|死在(?!最)|身亡|遇难|猝死|溺亡|坠亡|遇害|被害|丧命|自杀|轻生|自缢|自尽|被杀|杀害|打死|掐死|捅死|刺死|撞死|砍死|勒死|毒死|摔死|电死|咬死|牺牲|殉职|之死|死因|溺水而亡|抢救无效|丧生|已无生命体征|没了生命体征|不治|枪杀|被撞死|致死|死于|殒命|咬死人';
const PERSON = '男子|女子|男生|女生|女孩|男孩|老人|学生|孩子|幼童|儿童|女童|男童|婴儿|女婴|男婴|宝宝|工人|司机|职工|员工|村民|游客|驴友|老师|教师|医生|护士|患者|病人|父亲|母亲|丈夫|妻子|儿子|女儿|爷爷|奶奶|大爷|大妈|老汉|老农|小伙|青年|少年|少女|姑娘|民警|消防员|骑手|业主|产妇|孕妇|乘客|路人|行人|某|岁|保安|主播|网红|博主|演员|歌手|董事长|总裁|教授|院士|程序员|律师|飞行员|领导人|驾驶员|村官|网友|作家|研究员|厨师|成员|死者|妈妈|爸爸|弟弟|哥哥|姐姐|妹妹|亲属|环卫工|保洁|店主|老板|一人|医学生|博士|女士|先生|赌徒|嫌犯|嫌疑人|凶手|犯人|顾客|食客|租客|住户|农民|渔民|船员|厂长|经理|局长|书记|校长|镇长|县长|市长|主席|官员|队员|运动员|模特|女模|女友|男友|前妻|邻居|摊贩|小贩|的哥|外卖员|快递员|保姆|护工|考生|徒步者|登山者|钓鱼人|市民|居民|儿媳|女婿|舅舅|叔叔|姑姑|新娘|新郎|大学生|研究生|中学生|小学生|高中生|辅警|交警|刑警|战士|军人|班主任|主任';
const ONE = new RegExp(`(?:${PERSON})[^，。；！？\\n]{0,18}?(?:${STRICT}|去世|离世|死亡|死去|死了|失去生命|身故|尸体|遗体)`);
/** The subject may stand in a clause before. */
const ONE_FAR = new RegExp(`(?:${PERSON})[^。！？\\n]{0,60}?(?:致[其他她][^，。]{0,6}死亡|将[其他她][^，。]{0,8}死|抢救无效|救治无效|不治身亡|当场死亡|不幸死亡|不幸身亡|致死亡|刺伤致死|咬死|奸杀|被(?:残忍)?杀害|一命呜呼|确认死亡|已死亡)`);
const NATURAL = /享年|终年|高龄|寿终|长寿|遗嘱|遗产|去世后|离世后|生前|临终|遗愿|逝世|病故/;
/** 「跳窗身亡女孩」: whom it befell stands behind. */
const ONE_AFTER = new RegExp(`(?:身亡|遇难|溺亡|坠亡|遇害|被害|猝死|殉职|牺牲)的?(?:${PERSON})`);
const TITLE_ONE = new RegExp(`(?:${STRICT}|女尸|男尸)`);
const TITLE_DEAD = new RegExp(`(?:${PERSON})[^，。；！？\\n]{0,12}死亡`);
const TWO = /(?:(?:母亲|父亲|爸爸|妈妈|丈夫|妻子|奶奶|爷爷|外婆|外公|老人|女子|男子|姐姐|哥哥)(?:和|与|携|带着?)[^，。；！？\n]{0,6}(?:女儿|儿子|孩子|孙女|孙子|外孙女?|弟弟|妹妹|女婴|男婴)|母女|母子|父女|父子|夫妻|夫妇|情侣|双胞胎|姐妹|兄弟|两人|俩|双双)[^，。；！？\n]{0,12}(?:身亡|遇难|溺亡|坠亡|遇害|死亡|被害|丧命|去世|离世|失联|失踪)/;
const SEVERAL_DEAD = /多(?:名|人|位|死)(?:(?!称|说|反映|指|曝|举报|目击)[^，。；！？0-9\n]){0,10}?(?:死亡|遇难|身亡|丧生|死)|多死|(?<!未|没有|无|幸未|并未|不会|未接到|未收到|未发现)造成人员(?:死亡|伤亡)|致多人死/;
const SEVERAL_HURT = /多(?:名|人|位)[^，。；！？0-9\n]{0,12}?(?:受伤|重伤|轻伤|烧伤|送医|伤)|多伤/;
const NOT_HUMAN = /(?<!被|遭|被流浪|疯|恶)(?:猫|狗|犬|鱼|马|羊|虎|狮|鸟|牛|猪|熊|大象|动物|鲸|树|鸡|鸭|蜂|藏獒|考拉|豹|猴|宠物|鸽)(?!咬死(?:人|者|[一1]))[^，。；！？\n]{0,8}(?:死|身亡|去世|离世|遇难|尸体|失踪|走失|丢失)|(?:宠物狗|宠物猫|流浪狗|流浪猫|小狗|小猫|狗狗|猫咪|爱犬)[^。；！？\n]{0,40}(?:死|身亡|尸体)|(?:撞|打|毒|杀|电|猎|压|轧)(?:死|杀)了?[^，。；]{0,3}[头只条匹][^，。；]{0,5}(?:熊|狗|犬|猫|鱼|马|羊|虎|鸟|牛|猪|鹿|鹤|鹅|鸡|鸭|象)|咬死了?[0-9一二两三四五六七八九十几数多余]+[头只条匹]/;
const NOT_FACT = /(?:死亡(?:风险|率|之组|线|谷)|致死率|险些|差点|濒死|濒临|假死|脑死亡|死亡证明|可致|可能|如果|若|万一|或将|或致|恐致|或造成|假如|剧中|小说|电影|导致死亡|会导致|引发死亡|最早死|轻生念头|欲轻生|想轻生|轻生女子获救|自杀式|自杀恐怖|自杀袭击|自杀未遂|未遂|自杀倾向|轻生被救|劝下|救下)/;
const MISSING_ONE = new RegExp(`(?:${PERSON})[^，。；！？\\n]{0,28}?(?:失联|失踪|走失|下落不明|失去联系)`);
const HURT_ONE = new RegExp(`(?:${PERSON})[^，。；！？0-9\\n]{0,16}?(?:受伤|重伤|轻伤|骨折|烧伤|烫伤|砸伤|咬伤|砍伤|刺伤|被咬|摔伤|撞伤|电伤|致伤|昏迷|送医抢救|伤情|截肢)`);

export interface LossInput {
  chars: string;
  titleEnd: number;
  sentences: Sentence[];
  denial: boolean;
}

export function completeFacts(facts: Facts, input: LossInput): Facts {
  const title = headOf(input);
  const out = { ...facts };
  if (input.denial && DENIED_TITLE.test(title)) return denied(out, input);
  if (out.killed === null && out.missing !== null && FOUND_MISSING.test(input.chars.slice(0, 1200))) {
    out.missing = null;
    out.dead = null;
  }
  if (out.killed === null && out.noCasualties === null) out.killed = unnumberedDeath(input, title);
  if (out.dead === null) out.dead = out.killed ?? unnumberedMissing(input, title);
  if (out.dead !== null && facts.killed === null && out.missing !== null && out.killed !== null) out.dead = facts.dead;
  if (out.injured === null) out.injured = unnumberedInjury(input);
  if (out.killed !== null && facts.killed === null && out.injured?.value === 1 && facts.injured === null && diedOf(input.chars, out.injured)) out.injured = null;
  return withZeros(out, input);
}

/** Who lost consciousness and died is dead, not injured. */
const FATAL_STATE = /昏迷|送医抢救|抢救|救治/;
const DIED_AFTER = /^[^。！？\n]{0,24}(?:抢救无效|不治|救治无效|(?:后|终|随即)[^，。]{0,4}(?:死亡|身亡|去世))/;

const diedOf = (chars: string, f: Figure): boolean => FATAL_STATE.test(chars.slice(f.start, f.end)) || DIED_AFTER.test(chars.slice(f.end, f.end + 40));

/** A text without a title tells in its first sentence what a title would. */
function headOf({ chars, titleEnd, sentences }: LossInput): string {
  if (chars.slice(0, titleEnd).trim() !== '') return chars.slice(0, titleEnd);
  const first = sentences[0];
  return first === undefined ? '' : chars.slice(0, Math.min(first.end, HEAD_LIMIT));
}

const HEAD_LIMIT = 60;

function unnumberedDeath(input: LossInput, title: string): Figure | null {
  if (input.denial) return null;
  const inTitle = deathIn(title, [SEVERAL_DEAD, TWO, TITLE_ONE, TITLE_DEAD]);
  if (inTitle !== null) return { value: countOf(inTitle[0]), start: inTitle.index, end: inTitle.index + inTitle[0].length };
  return search(input, ANCHOR.death, (part) => deathIn(part, [SEVERAL_DEAD, TWO, ONE, ONE_FAR, ONE_AFTER]));
}

function deathIn(part: string, patterns: RegExp[]): RegExpExecArray | null {
  if (NOT_HUMAN.test(part)) return null;
  for (const p of patterns) {
    const m = p.exec(part);
    if (m === null) continue;
    const around = part.slice(Math.max(0, m.index - 8), m.index + m[0].length + 8);
    if (!NOT_FACT.test(around) && !(/去世|离世/.test(m[0]) && NATURAL.test(part))) return m;
  }
  return null;
}

const DENIED_TITLE = /谣|不实|编造|假的?[！!]?$|澄清|[？?]假/;

/** In a denial the figures are the rumour's; only what the denial itself states is kept. */
function denied(facts: Facts, input: LossInput): Facts {
  const real = realDeath(input);
  if (real !== null) return { ...facts, killed: real, missing: null, dead: real };
  const out: Facts = { ...facts, killed: null, missing: null, dead: null };
  const none = facts.noCasualties ?? search(input, ANCHOR.death | ANCHOR.injury | ANCHOR.none | ANCHOR.missing, (part) => NO_DEATHS.exec(part));
  if (none !== null) {
    out.dead = { ...none, value: 0 };
    if (facts.noCasualties !== null) out.injured = out.dead;
  }
  return out;
}

/** Words that give what follows to the rumour. */
const SAID = /网传|网络|网民|网友|谣|传言|流传|视频称|称|编造|有人|虚假|疑似|不实|并非|未|没有|[？?“”"]/;
/** 「近日，一男子跳河身亡，网传……」「确有一名村民溺水身亡」: a denial may tell a death that is real. */
function realDeath(input: LossInput): Figure | null {
  for (const s of input.sentences) {
    if ((s.anchors & ANCHOR.death) === 0 || s.start < input.titleEnd) continue;
    const part = input.chars.slice(s.start, s.end);
    const m = deathIn(part, [TWO, ONE]);
    if (m === null) continue;
    const before = part.slice(0, m.index);
    const told = /确(?:有|实|发生|系)[^，。]{0,20}$/.test(before) || !SAID.test(before);
    if (told && !SAID.test(m[0])) return { value: countOf(m[0]), start: s.start + m.index, end: s.start + m.index + m[0].length };
  }
  return null;
}

const countOf = (words: string): number => (SEVERAL_DEAD.test(words) || TWO.test(words) ? 2 : 1);

function unnumberedMissing(input: LossInput, title: string): Figure | null {
  if (input.denial || FOUND_MISSING.test(input.chars.slice(0, 1200)) || NOT_HUMAN.test(title)) return null;
  return search(input, ANCHOR.missing, (part) => (/男子失联债|失联客户|失联公司|跑路|[0-9一二三四五六七八九十]+年(?:前|后)|多年(?:前|后)|获救[^，。]{0,4}(?:父母|家长|家人)失联|与外界失联/.test(part) ? null : (TWO.exec(part) ?? MISSING_ONE.exec(part))));
}

function unnumberedInjury(input: LossInput): Figure | null {
  const several = search(input, ANCHOR.injury, (part) => SEVERAL_HURT.exec(part));
  if (several !== null) return { ...several, value: 3 };
  const one = input.denial ? null : search(input, ANCHOR.injury, (part) => HURT_ONE.exec(part));
  return one === null ? null : { ...one, value: 1 };
}

function search(input: LossInput, anchor: number, test: (part: string) => RegExpExecArray | null): Figure | null {
  for (const s of input.sentences) {
    if ((s.anchors & anchor) === 0) continue;
    const m = test(input.chars.slice(s.start, s.end));
    if (m !== null) return { value: countOf(m[0]), start: s.start + m.index, end: s.start + m.index + m[0].length };
  }
  return null;
}

/** 「无人员伤亡」 is a statement too: nobody dead, nobody injured. */
function withZeros(facts: Facts, input: LossInput): Facts {
  const out = { ...facts };
  if (facts.noCasualties !== null) {
    if (!/(?:未|没|没有|并未)受伤$/.test(input.chars.slice(facts.noCasualties.start, facts.noCasualties.end))) out.dead ??= facts.noCasualties;
    out.injured ??= facts.noCasualties;
    if (input.denial) {
      out.dead = facts.noCasualties;
      out.killed = null;
    }
    return out;
  }
  if (out.dead === null) {
    const none = search(input, ANCHOR.death | ANCHOR.injury | ANCHOR.missing | ANCHOR.none, (part) => (/死亡|遇难|身亡|失联|失踪|被困|被埋|生还/.test(part) ? NO_DEATHS.exec(part) : null));
    if (none !== null) out.dead = { ...none, value: 0 };
  }
  return out;
}
