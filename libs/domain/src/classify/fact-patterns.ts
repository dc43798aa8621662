import { NUMBER } from './number';

/**
 * The patterns of figures in Chinese news. Each is built once; they run only on sentences in which
 * the word scan has already found an anchor word, so that ordinary text costs nothing.
 */
const N = `(${NUMBER})(?:余|多|来)?`;
/** What may stand between a figure and its verb: no figure, no other verb, no clause mark. */
const STOP = '致|造成|发生|导致|受伤|获救|生还|失联|失踪|死亡|遇难|重伤|轻伤|送医|救出|负责人|被问责|批捕|刑拘|嫌疑人|无';
const GAP = `(?:(?!${STOP})[^0-9，,。；;、：:！？!?\\n\\s“”"（）()]){0,16}?`;
const PERSON =
  '大学生|中学生|小学生|学生|师生|工人|矿工|农民工|民工|游客|儿童|女孩|男孩|孩子|小孩|孩|村民|老人|驴友|员工|职工|幼童|少年|女童|男童|男子|女子|乘客|司机|人员|群众|居民|市民|患者|病人|消防员|民警|业主|旅客|考生|孕妇|幼儿|登山者|选手|渔民|船员|路人|行人|平民|士兵|同胞|公民|遇难者|死者|保洁|骑手|青年|妇女';
const UNIT = `(?:人员|名|位|个|口|具|人|条|例|男|女|子|岁以下|${PERSON})`;

export const DEATH = '死亡|身亡|遇难|丧生|溺亡|坠亡|溺水亡|罹难|毙命|去世|离世|牺牲|殉职|猝死|丧命|遇害|逝世|无生命体征|没有生命体征|生命体征消失|不治|死于|致死|殒命|惨死|死难|亡|死';
export const MISSING = '失联|失踪|下落不明|失去联系|被卷走|被冲走';
const UPDATE = '(?:已经|已|共|目前|累计|仍|再|又|现|均|数|分别)*(?:上升至|上升到|上升为|升至|升到|增至|增加至|增加到|增到|增为|达到|达|为|至少|至|超过|超|逾|约|近|有|共|:|：|[（(])*\\s*';

const make = (source: string): RegExp => new RegExp(source, 'g');

/** Figure before the verb: 「造成3名工人死亡」「3死8伤」. Group 1 figure, 2 verb. */
export const DEAD_BEFORE = make(`${N}${UNIT}${GAP}(${DEATH})`);
export const DEAD_BARE = make(`${N}\\s*(死|亡|遇难|身亡)(?!者|因|于|后|缓|刑)`);
/** Figure behind the verb: 「死亡人数升至12人」「死亡3人」. Group 1 verb, 2 figure, 3 what follows. */
export const DEAD_AFTER = make(`(死亡|遇难|身亡|罹难|丧生|溺亡|死难|死)(?:人数|者人数|者|人员|总数|病例)?(?:人数)?${UPDATE}${N}(?:人|名|例|位|个|具)?(.{0,6})`);
export const BODIES = make(`(?:${N}(?:具|名|位)?(?:遇难者|死者|失联者|失踪者|人员|男子|女子)?(?:的)?(?:遗体|尸体)|(?:遗体|尸体|遇难者)${N}(?:具|名|人))`);
/** The corrected figure wins over every other: 「17人修正为14人」. */
export const CORRECTED = make(`(?:修正为|更正为|下修为|更新为|调整为)${N}(?:人|名|死)`);

export const MISSING_BEFORE = make(`${N}${UNIT}?${GAP}(${MISSING})`);
export const MISSING_AFTER = make(`(失联|失踪|下落不明)(?:人数|者|人员)?${UPDATE}${N}(?:人|名|位)?`);

const INJURY = '重轻伤|轻重伤|不同程度受伤|受重伤|受轻伤|受轻微伤|受伤|重伤|轻伤|轻微伤|烧伤|烫伤|砸伤|咬伤|砍伤|刺伤|摔伤|撞伤|炸伤|挫伤|骨折|负伤|致伤|伤势严重|伤势较重|伤情较重|病危|危重|伤';
export const INJURED_BEFORE = make(`${N}(?:${UNIT}(?:(?!致|造成|死亡|遇难|失联|失踪|获救|身亡|死)[^0-9，,。；;、\\n\\s]){0,12}?)?\\s*(${INJURY})(?!亡)`);
export const INJURED_AFTER = make(`(受伤|重伤|轻伤|伤者|致伤|伤)(?:人数|者|人员|病例)?${UPDATE}${N}(?:人|名|位)`);
export const POISONED = make(`${N}${UNIT}(?:[^0-9，,。；;\\n]){0,24}?(中毒|呕吐|腹泻|腹痛|不适|送医|送往|住院|就诊|入院|恶心|头晕|感染)`);
export const POISONED_AFTER = make(`(中毒|发病|住院|就诊|感染)(?:人数|者|人员|病例)?${UPDATE}${N}(?:人|名|例)`);
export const DIRECT_POISONED = make(`(?:毒倒|致|造成)${N}${UNIT}?${GAP}中毒`);

export const LOSS = make(`(?:经济损失|损失|价值|财产)[^0-9一二三四五六七八九。；\\n]{0,12}?${N}\\s*(?:余|多)?(万|亿)?元`);
export const MAGNITUDE = make('(?:([0-9]{1,2}(?:\\.[0-9])?)|([一二三四五六七八九])点([零〇一二三四五六七八九]))\\s*级(?!联赛|以上教育|别|公路|医|警|大风|风|甲|飓|响|台)');
export const EVACUATED = make(`(?:转移|疏散|撤离|转移安置|紧急安置)[^0-9，,。；\\n]{0,14}?${N}(?:万)?(?:余|多)?(?:人|名|位|群众)|${N}(?:人|名)[^0-9，,。；\\n]{0,8}?(?:被?(?:转移|疏散|撤离))`);
export const TRAPPED = make(`${N}(?:人|名|位)[^0-9，,。；\\n]{0,8}?(被困|被埋|遭埋|掩埋)|(被困|被埋)(?:人员)?${N}(?:人|名)`);
export const HOUSEHOLDS = make(`${N}(?:余|多)?(?:户|家住户|套房|套住房)`);
export const WORKERS = make(`${N}(?:余|多)?(?:名|位|个)?(?:职工|员工|工人|农民工|教师|老师|民工|工友|司机|环卫工|骑手)`);
export const VICTIMS = make(`${N}(?:余|多)?(?:名|位|个|人)?(?:受害人|受害者|投资人|业主|家长|学员|消费者|用户|出借人|村民|居民|会员|学生|被骗|人)`);
export const GATHERED = make(`${N}(?:余|多)?(?:名|位|个)?(?:人|村民|业主|群众|职工|工人|家长|司机|员工|居民)[^0-9，,。；\\n]{0,12}?(?:聚集|围堵|堵路|堵门|静坐|游行|示威|罢工|罢运|上访|讨薪|维权|抗议|拉横幅|封堵|冲击|围攻|打砸|对峙)|(?:聚集|围堵|上访|游行|示威)[^0-9，,。；\\n]{0,6}?${N}(?:人|名)`);

export const NO_CASUALTIES = /(?:无|没有|未有|未|暂无|尚无|并无|没|未造成|未发生|没有造成|未接到|并未造成|未发现)(?:任何|发生|造成|接到)?(?:人员|乘客|人|旅客|学生|师生)?(?:的)?(?:伤亡|受伤|死伤)|(?:无|没有|未造成|暂无)(?:人员)?伤亡|人员(?:均)?(?:安全|无恙|平安)|安然无恙/;
export const NO_DEATHS = /(?:无|没有|未|未有|尚无|暂无|并无)(?:造成|发生)?(?:人员|人|学生)?(?:在[^，。]{0,8})?(?:死亡|遇难|身亡)|(?:均|全部|全都|悉数|已)(?:成功|安全|已)?(?:获救|脱险|救出|生还)|均无生命危险|无一死亡|没有生命危险/;
export const FOUND_MISSING = /(?:失联|失踪|走失)[^，。！？\n]{0,14}(?:已找到|找到了|已平安|平安|已被找到|寻回|已寻获|找回|已回家)|(?:平安找到|平安归来|安全找到|已找到，|平安到家|平安回家|找到了)/;
export const BODIES_OF_MISSING = /(?:失联|失踪|下落不明|被困|落水)[^。！？\n]{0,30}(?:遗体|遇难|身亡|死亡|无生命体征|溺亡)|全部找到/;
export const YEAR = /((?:19|20)[0-9]{2})(?:年|[-/.][0-9]{1,2}[-/.])/g;
