import type { Evidence, EvidenceReader } from './evidence';
import type { Figure } from './facts';

/** Words that show an M rule without a grade table (CODEBOOK section 2): strong enough to be a reason by themselves. */
export interface Cue {
  rule: 'M2' | 'M3' | 'M4' | 'M5' | 'M6' | 'M7' | 'M8';
  start: number;
  end: number;
  source: string;
  /** What it adds to the joint margin of M2 to M8. */
  strength: number;
}

interface Pattern {
  rule: Cue['rule'];
  /** One of these classes must have been hit: ordinary text never reaches the pattern. */
  classes: readonly string[];
  pattern: RegExp;
  source: string;
  strength: number;
}

const VICTIM = '儿童|幼儿|女童|男童|幼童|孩子|小孩|未成年|小学生|初中生|学生|女孩|男孩|女儿|儿子|女婴|男婴|婴儿|少女|少年|幼女|老人|残疾人|残疾|智障|智力障碍|智力残疾|精神障碍|聋哑|精神病人|失能|失智|孤儿|岁女|岁男|岁儿|岁娃|娃';
const OFFICER = '书记|局长|县长|市长|区长|镇长|乡长|所长|科长|处长|厅长|组长|队长|校方|派出所|城管|执法人员|执法队|民警|辅警|交警|派出所|公安局|计生办|计生部门|拆迁办|镇政府|乡政府|县政府|区政府|街道办|街道|村委会|村委|村支书|村长|村主任|村干部|镇干部|干部|公务员|公职人员|乡干部|副镇长|副局长|副县长|村委|领导|校长|老师|教师|医生|院长|医院保安|看守所|监狱|法院|检察院|政府';

const PATTERNS: readonly Pattern[] = [
  { rule: 'M2', classes: ['m2.mass', 'kind.mass'], source: 'M2 堵路、罢运、冲突', strength: 1.1, pattern: /堵(?:路|门|[住塞断了在]{0,2}[^，。]{0,4}(?:国道|省道|公路|高速|铁路|路口|大门|道路|门口|桥))|抬棺|封堵(?:道路|大门|铁路|国道)|围堵[^，。]{0,4}(?:政府|道路|大门|单位|公司|学校|医院)|(?:集体|百余|数百|上百|多名|[0-9]{2,}(?:余|多)?名)[^，。]{0,14}(?:罢工|罢运|停运|罢课|罢市)|罢运|打砸(?:政府|医院|警车|医护)|警民冲突|聚众(?:闹事|冲击)|(?:爆发|发生)(?:大规模)?(?:群体性|肢体|警民)冲突|上街(?:游行|抗议)/ },
  { rule: 'M3', classes: ['m3.epidemic', 'm3.medicine', 'kind.epidemic'], source: 'M3 传染病、疫苗', strength: 0.8, pattern: /(?:鼠疫|霍乱|H[0-9]{1,2}N[0-9]{1,2}|炭疽|猴痘|基孔肯雅|不明原因肺炎|新冠|新型冠状)[^，。]{0,12}(?:病例|疫情|感染|确诊|死亡|患者)|(?:聚集性|暴发|爆发)[^，。]{0,6}(?:疫情|感染|诺如)|(?:疫情|诺如)[^，。]{0,4}(?:暴发|爆发)|集体(?:呕吐|腹泻|感染|发热|中毒)|(?:问题|假|过期|失效|不合格|毒)(?:疫苗|药品)|疫苗造假|使用过期药|过期药品|(?:药品?|降压药|注射液|疫苗)[^，。]{0,12}(?:检出|致癌|致死|不良反应[^，。]{0,6}死)|发布[^，。]{0,6}疫情|感染[^，。]{0,4}H[0-9]N[0-9]/ },
  { rule: 'M4', classes: ['m4.investigated'], source: 'M4 公职人员被查处', strength: 0.8, pattern: /严重违纪违法|纪律审查|监察调查|审查调查|主动投案|被?双开|开除(?:党籍|公职)|政务(?:处分|撤职)|党内(?:严重)?警告|(?:受贿|贪污|挪用公款)[^，。]{0,14}(?:万|亿|被|获刑|判|案)|被控受贿|公职人员[^，。]{0,14}(?:问责|处分|追责|被查)|(?:书记|市长|县长|局长|厅长|处长|主任|镇长|区长|院长|校长|董事长|民警|法官|检察官|干部|官员)[^，。]{0,12}(?:被查|落马|停职|免职|撤职|被处分|接受调查|被免|被立案|调离)|违规(?:公款)?吃喝|公款吃喝|违规收送|[0-9]+(?:名|人)[^，。]{0,8}(?:干部|公职人员|官员)?被(?:问责|追责)/ },
  { rule: 'M4', classes: ['m4.abuse'], source: 'M4 公权力滥用', strength: 0.4, pattern: new RegExp(`暴力执法|粗暴执法|野蛮执法|(?:${OFFICER})[^，。！？]{0,14}(?:殴打|打人|打伤|打死|强行|强拆|偷拆|破门|关押|拘禁|瞒报|谎报|做假|造假|篡改|伪造|贪污|挪用|侵吞|套取|私分|私自将|私吞|冒领|截留|收受|收(?:了|下|取)?[^，。！？]{0,6}(?:好处|回扣|红包|贿)|索要|索贿|强占|掩盖|威胁|打击报复|性骚扰|性侵|猥亵|掌掴|扇[^，。]{0,4}耳光|按倒|踹|违法占地|占地建|非法占用|虚报|骗取|栽赃|诬陷)|(?:做|作|制造)假案|违规收取[^，。]{0,6}费[^，。]{0,8}停职|非法拘禁|违法强拆|被强拆|刑讯逼供|(?:修改|篡改|伪造|涂改)(?:病历|档案|记录|成绩)|共?瞒报|官商勾结|国有?资产?(?:重大|严重|巨额)*(?:流失|损失)|套取(?:国家|补贴|资金|专项)|冤案|错案|冤假错案|无罪释放|(?:服刑|出狱|刑满)[^，。]{0,10}申诉|申诉[^，。]{0,10}改判无罪|(?:被|遭)[^，。]{0,4}关押|(?:政府|局|委|镇|村|街道|招标|评标|拆迁|征地)[^，。！？]{0,10}暗箱操作|吃空饷|内定[^，。]{0,4}(?:第一名|名额|中标|录取)|冒名顶替|公款`) },
  { rule: 'M5', classes: ['m5.abuse', 'm5.victim'], source: 'M5 侵害儿童、老人、残疾人', strength: 0.6, pattern: new RegExp(`虐童|虐待(?:儿童|老人|学生|幼儿)|(?:校园|学生)(?:霸凌|欺凌)|黑(?:砖窑|煤窑|窑)|(?:智障|残疾人?|聋哑人?|智力[障残][^，。]{0,3})[^，。！？]{0,4}被骗[^。！？]{0,20}(?:干活|打工|做工|工资|苦力|厂)|(?:智障|残疾|聋哑|精神病)[^，。]{0,6}(?:务工|苦力|奴役|劳工)|拐卖|被拐|人贩子|抢婴|(?:${VICTIM})[^，。！？]{0,14}(?:被|遭|受)[^，。！？]{0,10}(?:虐|性侵|猥亵|强奸|轮奸|拐|殴打|毒打|围殴|打伤|打成|霸凌|欺凌|针扎|扎针|遗弃|抛尸|杀|致死|活埋|囚禁|体罚|捅|刺|侵犯|侵害|掐|砍|亲|扇耳光|踢打|掌掴|捆绑|绑在|锁|拴|铁链|关(?:小黑屋|在)|泼|烫伤|逼[着迫]?吃|打(?:至|致|出|断|骂|得)|撕裂)|(?:虐打|性侵|猥亵|强奸|拐走|殴打|围殴|霸凌|欺凌|体罚|囚禁|杀害|打伤|拧断|掐死|针扎|打断|砍死|捅死|强吻|亲了|搂抱)[^，。！？]{0,10}(?:${VICTIM})|(?:老师|教师|教官|园长|家长|继母|继父|生父|生母|保姆|护工)[^，。！？]{0,12}(?:殴打|毒打|打伤|虐待|扇耳光|体罚|针扎|性侵|猥亵|打成|捂|掌掴|扇[^，。]{0,3}耳光|封[住上]?[^，。]{0,8}嘴|拖拽|踢打|关小黑屋|喂(?:药|芥末|辣椒)|逼[^，。]{0,6}(?:吃|喝|跪))`) },
  { rule: 'M5', classes: ['m5.marks'], source: 'M5 侵害儿童、老人、残疾人', strength: 0.6, pattern: /(?:孩子|女儿|儿子|娃)[^。！？]{0,16}(?:身上|脸上|耳朵|头上)[^。！？]{0,8}(?:掐痕|伤痕|淤青|瘀青|针眼|掌印|指印)|(?:托班|托儿|托育|幼儿园|早教|学校|老师)[^。！？]{0,30}(?:孩子|幼儿|女童|男童|儿童|学生)[^，。！？]{0,12}(?:撕裂|淤青|瘀青|伤痕|针眼|掐痕|抓痕|骨折)/ },
  { rule: 'M5', classes: ['m5.food'], source: 'M5 校园食品', strength: 0.8, pattern: /(?:食堂|营养餐|学生餐|校园餐|配餐|午餐)[^，。！？]{0,20}(?:臭|变质|发霉|霉变|鼠|虫|异物|中毒|过期|蛆|腹泻|呕吐)|(?:臭肉|变质|发霉|鼠头|死老鼠)[^，。！？]{0,14}(?:食堂|学校|学生|校园)|(?:学校|校园|小学|中学|幼儿园|学生|孩子)[^。！？]{0,24}(?:食堂|学生餐|营养餐|校园餐|配餐|午餐|饭菜|餐)[^。！？]{0,24}(?:蛆|虫|鼠|变质|发霉|霉变|发臭|臭肉|腐|过期|馊|异物)/ },
  { rule: 'M5', classes: ['m5.denial'], source: 'M5 拒绝施救、欺骗医疗致死', strength: 0.8, pattern: /(?:拒诊|拒收|拒载|拒绝(?:救治|接诊|手术|收治|抢救|施救|剖腹产|剖宫产)|(?:延误|贻误)(?:治疗|抢救|救治|病情)|见死不救|不予(?:救治|抢救)|(?:未|没有)(?:及时)?(?:抢救|救治|施救)|耽误[^，。]{0,6}(?:治疗|抢救)|虚假(?:医疗|宣传)|无证行医|非法行医)[^。]{0,60}(?:死|亡|去世|离世)|(?:死|亡|去世|离世)[^。]{0,60}(?:拒诊|拒绝(?:救治|接诊|手术|收治|剖腹产|剖宫产)|延误(?:治疗|抢救|救治)|见死不救|无证行医|非法行医|虚假医疗)/ },
  { rule: 'M7', classes: ['m7.media', 'm7.expose'], source: 'M7 中央媒体或上级督查', strength: 0.8, pattern: /(?:焦点访谈|新闻1\+1|半月谈|每周质量报告|新华视点|财经调查)》?[：:]|生态环境部(?:通报|点名|公布典型)(?!表扬)|(?:央视|新华社|新华视点|人民日报|焦点访谈|半月谈|经济参考报|财经调查|每周质量报告|新闻1\+1|中国之声|央广(?:网)?|人民网|新华网|CCTV)[^，。！？]{0,10}(?:曝光|曝|暗访|起底|痛批|追问|三问|揭|点名|(?<!热)评(?!选|为|出|论员)|调查(?!显示|结果)|批(?!准|复|量|次)|发现|聚焦[^，。]{0,10}乱象)|(?:国务院|国办|中央|国家|最高检|最高法|应急管理部|教育部|卫健委|卫计委|市场监管总局|网信办|公安部)[^，。！？]{0,16}(?:挂牌督办|督办|通报批评|约谈|点名|联合调查组|事故调查组|进驻|督察组|派出[^，。]{0,6}组)|(?:环保|生态环境保护)督察|(?:3[·.]?15|三一五)晚会|(?:中央|省委)[^，。]{0,6}(?:巡视|督查|督察)组?[^，。]{0,6}(?:反馈|通报|指出|发现|点名)|国务院(?:安委会|安委办|调查组|督查)|多部委/ },
  { rule: 'M8', classes: ['m8.harm', 'm8.many', 'body.housing', 'body.utility'], source: 'M8 众多人的利益', strength: 0.4, pattern: /(?:全体|整个|所有|全部|广大|众多)(?:业主|职工|教师|老师|员工|小区|村民|居民|购房者|投资人)[^。]{0,60}(?:停水|断水|停电|停气|停暖|供水|供电|供暖|烂尾|停工|交房|产权证|房产证|不动产证|办证|工资|欠薪|血汗钱|安全隐患|补贴|待遇)|(?:全城|全市|全县|全镇|全乡|全区|城区|县城|大面积|多个小区|大范围)[^，。]{0,10}(?:停水|断水|停电|断电|停气|停暖|内涝|受灾|被淹|没水|没电|污染)|自来水[^。]{0,12}(?:发臭|浑浊|发黄|异味|异臭)[^。]{0,30}(?:全县|全城|全镇|城区|县城)|(?:全县|全城|全镇|城区|县城)[^，。]{0,4}自来水[^。]{0,12}(?:发臭|浑浊|发黄|异味)|(?:停水|断水|停电|断电|停气|停暖|供暖不热|暖气不热)[^。]{0,20}(?:全城|全市|全县|全镇|全乡|全区|县城|整个小区|全小区|多个小区)|烂尾(?:楼|[0-9一二三四五六七八九十两]+年)|楼盘[^，。]{0,8}烂尾|(?:全村|整村|全体业主|整个小区|整栋楼?)[^。]{0,24}(?:开裂|危房|危楼|倾斜|塌陷)|拖欠(?:全体|所有|数百|几百|上百)|(?:P2P|p2p|理财|投资|贷)[^。]{0,30}(?:爆雷|暴雷|跑路|受害人|出借人|不兑付|无法兑付|兑付)|非法(?:集资|吸收公众存款)|卷款(?:跑路|潜逃)|(?:乡镇|街道)[^，。]{0,8}受灾|受灾(?:人口|群众|人数)|(?:决堤|溃口|溃堤|决口)|百年一遇|变(?:水城|泽国)/ },
];

const DENIED = /(?:辟谣|造谣|编造|不属实|假的|虚假|未发生|没有发生|不存在|杜撰|澄清|网传|有传言|传言|谣言|视频称|帖子称|网民称|网友称|不实|误读)/;
/** Subjects that make a rumour major; harmless, private and commercial ones stay ordinary. */
const RUMOUR_SUBJECT =
  /地震|爆炸|火灾|起火|着火|大火|山火|洪水|洪灾|决堤|溃坝|泄洪|崩堤|台风|车祸|撞人|相撞|坠楼|坠河|跳楼|跳桥|跳河|自杀|死亡|死了|[0-9一二两三四五多]死|遇难|猝死|砍人|杀人|持刀|捅人|枪击|枪战|抢劫|拐卖|人贩子|抢孩子|偷孩子|抓小孩|抢小孩|被拐|失联|失踪|走失|器官|疫情|确诊|感染|病毒|封城|有毒|毒|投毒|致癌|停水|停电|断供|水源|泄漏|核电|辐射|污染|直排|坍塌|垮塌|塌陷|塌方|伤亡|被埋|暴乱|打死|斗殴|强奸|性侵|霸凌|中毒|脱轨|坠机|迫降|滑坡|泥石流|沉船|溺水|伤人|老虎|延迟退休|养老金|社保|医保|中考|高考|学费|考试取消|房产税|个税|生育|补贴|发钱|婚姻|结婚|出入境|护照|户口|征兵|战争|食盐|粮食|仲裁|艾滋|暴雨|涨水|龙卷风|被困|被打|弃婴|遗弃|救护车|聚众|人质|抱走|偷走|悬空|大规模拆迁|国补|停发|封路|停课|小升初|摇号|年检|驾照|自来水|饮用水|倒灌|决口|跳江|人腿|尸体|落户|限购|燃油税|被淹|淹没|内涝|抢粮|抢油|抢购|囤粮|大米|食用油|猪肉|垃圾倒|死亡率|丧命|葬命|坠崖|撞死|涉军|边境|限行|医保卡|公积金|身份证|校园|停运|水库|大坝|大桥|核酸|戒严|宵禁/;

/** Rumours that alarm nobody although they name such a subject (CODEBOOK section 2, M6): staged, of one shop or site, harmless. */
const HARMLESS_RUMOUR = /专家解读|隔夜|恋情|婚变|经纪人|结婚生子|女星|影帝|国际权威|寡妇年|养生|偏方|营养师|科普|摆拍|打折|[一二三四五六七八九]折|楼盘|开发商|售楼|车位|荒地|名校|有后台|诈骗|骗局|冒充|婚外情|出轨|有染|不正当(?:男女)?关系|包养|开房|彩礼|土地庙|挖到|神秘|白光|阳台|动物搬家|末日|宇航|航天员|女明星|演员|歌手/;

/** Weaker words of the fields of M6: no cue by themselves, but a denial about them is not harmless either. */
const BROAD_SUBJECT = /事故|险情|爆燃|燃烧|裂缝|漫堤|水位|侧翻|翻车|出轨|落水|溺|触电|尸|遇害|命案|轻生|杀|绑架|劫|群殴|殴打|打人|强拆|丢失|抓走|戒严|游行|骚乱|特警|逃犯|越狱|通缉|恐怖|炸弹|传染|流感|隔离|瘟|食品|注水|塑料|激素|农药|甲醛|水质|牛奶|奶粉|蔬菜|鸡蛋|停课|放假|调休|停考|招生|学区|房贷|税|工资|涨价|降薪|退休|离婚|三孩|限号|禁行|禁止|驾驶证|扣分|户籍|强制|全国|全省|全市|外出|封闭|关闭|高速|断网|停工|物资|超市|抢/;

/** Staged, of one shop, of one person: told by its words. */
export const isHarmlessRumour = (chars: string): boolean => HARMLESS_RUMOUR.test(chars.slice(0, 240));

export function ofBroadSubject(chars: string): boolean {
  const lead = chars.slice(0, 240);
  return DENIED.test(lead) && BROAD_SUBJECT.test(lead) && !HARMLESS_RUMOUR.test(lead);
}

/** Finds the cues of one text. Foreign texts have none. */
export function findCues(e: Evidence, reader: EvidenceReader, chars: string): Cue[] {
  if (e.foreign) return [];
  const out: Cue[] = [];
  const part = chars.length > 1500 ? chars.slice(0, 1500) : chars;
  for (const p of PATTERNS) {
    if (!p.classes.some((c) => (e.counts[reader.id(c)] ?? 0) > 0)) continue;
    const m = firstOf(p, part);
    if (m !== null && !spoilt(p.rule, m[0], part)) out.push({ rule: p.rule, start: m.index, end: m.index + m[0].length, source: `CODEBOOK ${p.source}`, strength: p.strength });
  }
  const rumour = e.denial ? rumourCue(part) : null;
  if (rumour !== null) out.push(rumour);
  return [...out, ...figureCues(e, reader, chars)];
}

/** The first match; of M4 the first that is told and not asked: an accusation put only as a question is none (CODEBOOK M4). */
function firstOf(p: Pattern, part: string): RegExpExecArray | null {
  const m = p.pattern.exec(part);
  if (m === null || p.rule !== 'M4' || !isAsked(part, m)) return m;
  const end = m.index + m[0].length;
  const later = p.pattern.exec(part.slice(end));
  if (later === null) return null;
  later.index += end;
  return isAsked(part, later) ? null : later;
}

/** 「是不是被村支书贪污了」「局长收了钱？」: asked by words of the clause or by its mark. */
export const ASKING = /是不是|有没有|是否|难道|莫非|会不会|有无|不知(?:道)?(?:是|有)|怀疑|谁能/;
const STOPS = /[。！？!?；\n]/;

function isAsked(part: string, m: RegExpExecArray): boolean {
  let start = m.index;
  while (start > 0 && !STOPS.test(part.charAt(start - 1))) start--;
  let end = m.index + m[0].length;
  while (end < part.length && !STOPS.test(part.charAt(end))) end++;
  const mark = part.charAt(end);
  return ASKING.test(part.slice(start, end)) || mark === '？' || mark === '?';
}

/** Trafficking of decades ago, told when a family meets again, is looking back. */
const TRAFFICKED = /拐|抢婴|人贩子/;
const LONG_AGO = /(?:[1-9][0-9]|[二三四五六七八九]?十[一二三四五六七八九]?|数十|几十)(?:多|余)?年|寻亲|认亲|团圆|找到亲|打拐日/;
/** 「女儿」「学生」 may be grown up: their age tells. */
const GROWN = /(?:1[89]|[2-5][0-9])岁|大学生|研究生|医学生|硕士|博士|护士|女大学/;
const TENDER = /(?<![0-9])(?:[1-9]|1[0-7])(?:周)?岁|幼|童|婴|小学|初中|初[一二三]|高中|高[一二三]|中学|未成年|老人|老太|大爷|[6-9][0-9]岁|残疾|致残|智障|智力|失能|孩子|小孩|养老/;
/** Parking, fees, funds and management stay ordinary whoever complains (CODEBOOK M8). */
const PETTY = /车位|停车|物业费|停车费|公共收益|维修基金|维修资金|业委会|物业公司|电梯广告|捆绑/;
const GRAVE = /停水|断水|停电|断电|停气|停暖|没水|供水|供暖|供热|烂尾|停工|交房|房产证|不动产证|产权证|工资|欠薪|血汗钱|危楼|危房|开裂|爆雷|跑路|集资/;

function spoilt(rule: Cue['rule'], words: string, part: string): boolean {
  const lead = part.slice(0, 160);
  if (rule === 'M5') return (TRAFFICKED.test(words) && LONG_AGO.test(lead)) || (GROWN.test(lead) && !TENDER.test(lead) && !/拐|死[^刑]{0,60}(?:拒|延误)|(?:拒|延误|虚假|非法行医|无证)/.test(words));
  if (rule === 'M8') return (PETTY.test(words) && !GRAVE.test(words)) || (/烂尾楼/.test(words) && /火灾|起火|坠/.test(lead));
  if (rule === 'M2') return /接亲|迎亲|伴郎|婚礼|婚闹|新郎/.test(lead);
  // Who asks that something built without leave be pulled down accuses nobody of violence.
  if (rule === 'M4') return /强拆|强行/.test(words) && /违建|违章|违规搭建|违法建筑|阳光房/.test(lead) && !/打伤|殴打|没有(?:手续|文件)|未经/.test(lead);
  return rule === 'M7' && /点赞|热评|快讯|表扬|骗局|骗子/.test(part.slice(0, 60));
}

function rumourCue(part: string): Cue | null {
  const lead = part.slice(0, 240);
  const said = DENIED.exec(lead);
  const subject = RUMOUR_SUBJECT.exec(lead);
  if (said === null || subject === null || HARMLESS_RUMOUR.test(lead)) return null;
  return { rule: 'M6', start: subject.index, end: subject.index + subject[0].length, source: 'CODEBOOK M6 涉突发事件、公共安全或政策的谣言', strength: 0.5 };
}

const SICK = /中毒|呕吐|腹泻|腹痛|恶心|头晕|头痛|感染|不适|发热|晕倒/;
const EATEN = /食物中毒|(?:误食|食用|聚餐|就餐|吃|饮用|喝)[^。！？]{0,20}中毒|毒(?:蘑菇|菇|菌)|野生菌|亚硝酸盐|毒鼠强|甲醇中毒|假酒/;

/** Numbers of the rules: 50 gathered, 10 poisoned, 100 households, 50 workers. */
function figureCues(e: Evidence, reader: EvidenceReader, chars: string): Cue[] {
  const f = e.facts;
  const out: Cue[] = [];
  const add = (rule: Cue['rule'], figure: Figure | null, least: number, source: string, strength: number): void => {
    if (figure !== null && figure.value >= least) out.push({ rule, start: figure.start, end: figure.end, source: `CODEBOOK ${rule} ${source}`, strength });
  };
  const harm = (e.counts[reader.id('m8.harm')] ?? 0) > 0;
  add('M2', f.gathered, 50, '聚集五十人以上', 1.1);
  const wordsOf = (figure: Figure | null): string => (figure === null ? '' : chars.slice(figure.start, figure.end));
  // Who was taken to hospital after an explosion is hurt, not poisoned.
  if (e.kinds.slice(0, 4).some((k) => k.kind === 'foodpoison') && SICK.test(wordsOf(f.poisoned))) add('M3', f.poisoned, 10, '中毒十人以上', 1.5);
  const eaten = (f.killed?.value ?? 0) > 0 ? EATEN.exec(chars.slice(0, 300)) : null;
  if (eaten !== null && e.kinds.slice(0, 3).some((k) => k.kind === 'foodpoison')) out.push({ rule: 'M3', start: eaten.index, end: eaten.index + eaten[0].length, source: 'CODEBOOK M3 中毒致人死亡', strength: 1 });
  if (harm) {
    add('M8', f.households, 100, '一百户以上', 0.8);
    add('M8', f.workers, 50, '五十名职工以上', 0.8);
    if (/受害|投资|业主|家长|学员|会员|储户|出借|被骗|村民|居民|用户|消费者/.test(wordsOf(f.victims)) || (e.counts[reader.id('body.finance')] ?? 0) > 0) add('M8', f.victims, 100, '众多受害人', 0.6);
  }
  add('M8', f.evacuated, 1000, '转移千人以上', 0.4);
  return out;
}
