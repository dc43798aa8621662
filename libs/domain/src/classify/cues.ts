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

const VICTIM = '儿童|幼儿|女童|男童|幼童|孩子|小孩|未成年|小学生|初中生|学生|女孩|男孩|女儿|儿子|女婴|男婴|婴儿|少女|少年|幼女|老人|残疾人|残疾|智障|聋哑|精神病人|孤儿|岁女|岁男|岁儿|岁娃|娃';
const OFFICER = '城管|执法人员|执法队|民警|辅警|交警|派出所|公安局|计生办|计生部门|拆迁办|镇政府|乡政府|县政府|区政府|街道办|街道|村委会|村委|村支书|村长|村主任|村干部|镇干部|干部|公务员|公职人员|校长|老师|教师|医生|院长|医院保安|看守所|监狱|法院|检察院|政府';

const PATTERNS: readonly Pattern[] = [
  { rule: 'M2', classes: ['m2.mass', 'kind.mass'], source: 'M2 堵路、罢运、冲突', strength: 1.1, pattern: /堵(?:路|门|[住塞断了在]{0,2}[^，。]{0,4}(?:国道|省道|公路|高速|铁路|路口|大门|道路|门口|桥))|抬棺|封堵(?:道路|大门|铁路|国道)|围堵[^，。]{0,4}(?:政府|道路|大门|单位|公司|学校|医院)|(?:集体|百余|数百|上百|多名|[0-9]{2,}(?:余|多)?名)[^，。]{0,14}(?:罢工|罢运|停运|罢课|罢市)|罢运|打砸(?:政府|医院|警车|医护)|警民冲突|聚众(?:闹事|冲击)|(?:爆发|发生)(?:大规模)?(?:群体性|肢体|警民)冲突|上街(?:游行|抗议)/ },
  { rule: 'M3', classes: ['m3.epidemic', 'm3.medicine', 'kind.epidemic'], source: 'M3 传染病、疫苗', strength: 0.8, pattern: /(?:鼠疫|霍乱|H7N9|H5N1|炭疽|猴痘|基孔肯雅|不明原因肺炎|新冠|新型冠状)[^，。]{0,12}(?:病例|疫情|感染|确诊|死亡|患者)|(?:聚集性|暴发|爆发)[^，。]{0,6}(?:疫情|感染|诺如)|(?:疫情|诺如)[^，。]{0,4}(?:暴发|爆发)|集体(?:呕吐|腹泻|感染|发热|中毒)|(?:问题|假|过期|失效|不合格|毒)(?:疫苗|药品)|疫苗造假|使用过期药|过期药品/ },
  { rule: 'M4', classes: ['m4.investigated'], source: 'M4 公职人员被查处', strength: 0.8, pattern: /严重违纪违法|纪律审查|监察调查|审查调查|主动投案|被?双开|开除(?:党籍|公职)|政务(?:处分|撤职)|党内(?:严重)?警告|(?:受贿|贪污|挪用公款)[^，。]{0,14}(?:万|亿|被|获刑|判|案)|被控受贿|公职人员[^，。]{0,14}(?:问责|处分|追责|被查)|(?:书记|市长|县长|局长|厅长|处长|主任|镇长|区长|院长|校长|董事长|民警|法官|检察官|干部|官员)[^，。]{0,12}(?:被查|落马|停职|免职|被处分|接受调查|被免|被立案)|[0-9]+(?:名|人)[^，。]{0,8}(?:干部|公职人员|官员)?被(?:问责|追责)/ },
  { rule: 'M4', classes: ['m4.abuse'], source: 'M4 公权力滥用', strength: 0.4, pattern: new RegExp(`暴力执法|粗暴执法|野蛮执法|(?:${OFFICER})[^，。！？]{0,14}(?:殴打|打人|打伤|打死|强行|强拆|偷拆|破门|关押|拘禁|瞒报|谎报|做假|造假|篡改|伪造|贪污|挪用|侵吞|套取|私分|私自将|私吞|冒领|截留|收受|索要|强占|掩盖|威胁|打击报复|性骚扰|性侵|猥亵)|非法拘禁|违法强拆|被强拆|刑讯逼供|(?:修改|篡改|伪造|涂改)(?:病历|档案|记录|成绩)|共?瞒报|保护伞|官商勾结|国有?资产?(?:巨额)?(?:流失|损失)|套取(?:国家|补贴|资金|专项)|冤案|错案|无罪释放|(?:被|遭)[^，。]{0,4}关押|暗箱操作|吃空饷|冒名顶替|公款`) },
  { rule: 'M5', classes: ['m5.abuse', 'm5.victim'], source: 'M5 侵害儿童、老人、残疾人', strength: 0.6, pattern: new RegExp(`虐童|虐待(?:儿童|老人|学生|幼儿)|(?:校园|学生)(?:霸凌|欺凌)|黑(?:砖窑|煤窑|窑)|(?:智障|残疾|聋哑|精神病)[^，。]{0,6}(?:务工|苦力|奴役|劳工)|拐卖|被拐|人贩子|抢婴|(?:${VICTIM})[^，。！？]{0,14}(?:被|遭|受)[^，。！？]{0,10}(?:虐|性侵|猥亵|强奸|轮奸|拐|殴打|毒打|围殴|打伤|打成|霸凌|欺凌|针扎|扎针|遗弃|抛尸|杀|致死|活埋|囚禁|体罚|捅|刺|侵犯|侵害|掐|砍|亲|扇耳光|踢打|掌掴|捆绑|绑在)|(?:虐打|性侵|猥亵|强奸|拐走|殴打|围殴|霸凌|欺凌|体罚|囚禁|杀害|打伤|拧断|掐死|针扎|打断)[^，。！？]{0,10}(?:${VICTIM})|(?:老师|教师|教官|园长|家长|继母|继父|生父|生母|保姆|护工)[^，。！？]{0,12}(?:殴打|毒打|打伤|虐待|扇耳光|体罚|针扎|性侵|猥亵|打成|捂|掌掴|扇[^，。]{0,3}耳光|封[住上]?[^，。]{0,8}嘴|拖拽|踢打|关小黑屋|喂(?:药|芥末|辣椒))`) },
  { rule: 'M5', classes: ['m5.food'], source: 'M5 校园食品', strength: 0.8, pattern: /(?:食堂|营养餐|学生餐|校园餐|配餐|午餐)[^，。！？]{0,20}(?:臭|变质|发霉|霉变|鼠|虫|异物|中毒|过期|蛆|腹泻|呕吐)|(?:臭肉|变质|发霉|鼠头|死老鼠)[^，。！？]{0,14}(?:食堂|学校|学生|校园)/ },
  { rule: 'M5', classes: ['m5.denial'], source: 'M5 拒绝施救、欺骗医疗致死', strength: 0.8, pattern: /(?:拒诊|拒绝(?:救治|接诊|手术|收治|剖腹产|剖宫产)|延误(?:治疗|抢救|救治)|见死不救|耽误[^，。]{0,6}(?:治疗|抢救)|虚假(?:医疗|宣传)|无证行医|非法行医)[^。]{0,60}(?:死|亡|去世|离世)|(?:死|亡|去世|离世)[^。]{0,60}(?:拒诊|拒绝(?:救治|接诊|手术|收治|剖腹产|剖宫产)|延误(?:治疗|抢救|救治)|见死不救|无证行医|非法行医|虚假医疗)/ },
  { rule: 'M7', classes: ['m7.media', 'm7.expose'], source: 'M7 中央媒体或上级督查', strength: 0.8, pattern: /(?:央视|新华社|新华视点|人民日报|焦点访谈|半月谈|经济参考报|财经调查|每周质量报告|新闻1\+1|中国之声|央广网|人民网|新华网|CCTV)[^，。！？]{0,10}(?:曝光|曝|暗访|起底|痛批|追问|三问|揭|点名|评|调查(?!显示|结果)|批)|(?:国务院|国办|中央|国家|最高检|最高法|应急管理部|教育部|卫健委|卫计委|市场监管总局|网信办|公安部)[^，。！？]{0,16}(?:挂牌督办|督办|通报批评|约谈|点名|联合调查组|事故调查组|进驻|督察组|派出[^，。]{0,6}组)|(?:环保|生态环境保护)督察|(?:3[·.]?15|三一五)晚会|国务院(?:安委会|安委办|调查组|督查)|多部委/ },
  { rule: 'M8', classes: ['m8.harm', 'm8.many', 'body.housing', 'body.utility'], source: 'M8 众多人的利益', strength: 0.4, pattern: /(?:全体|整个|所有|全部|广大|众多)(?:业主|职工|教师|老师|员工|小区|村民|居民|购房者|投资人)[^。]{0,60}(?:停水|断水|停电|停气|停暖|供水|供电|供暖|烂尾|停工|交房|产权证|房产证|不动产证|办证|工资|欠薪|血汗钱|安全隐患|补贴|待遇)|(?:全城|全市|全县|全镇|全区|城区|大面积|多个小区|大范围)[^，。]{0,6}(?:停水|断水|停电|断电|停气|停暖|内涝|受灾|污染)|烂尾(?:楼|[0-9一二三四五六七八九十两]+年)|楼盘[^，。]{0,8}烂尾|拖欠(?:全体|所有|数百|几百|上百)|(?:P2P|p2p|理财|投资|贷)[^。]{0,30}(?:爆雷|暴雷|跑路|受害人|出借人|不兑付|无法兑付|兑付)|非法(?:集资|吸收公众存款)|卷款(?:跑路|潜逃)|(?:乡镇|街道)[^，。]{0,8}受灾|受灾(?:人口|群众|人数)|(?:决堤|溃口|溃堤|决口)|百年一遇|变(?:水城|泽国)/ },
];

const DENIED = /(?:辟谣|澄清|网传|有传言|传言|谣言|视频称|帖子称|网民称|网友称|不实|误读)/;
/** Subjects that make a rumour major; harmless, private and commercial ones stay ordinary. */
const RUMOUR_SUBJECT =
  /地震|爆炸|火灾|起火|着火|大火|山火|洪水|洪灾|决堤|溃坝|泄洪|崩堤|台风|车祸|撞人|相撞|坠楼|坠河|跳楼|跳桥|跳河|自杀|死亡|死了|[0-9一二两三四五多]死|遇难|猝死|砍人|杀人|持刀|捅人|枪击|枪战|抢劫|拐卖|人贩子|抢孩子|偷孩子|抓小孩|抢小孩|被拐|失联|失踪|走失|器官|疫情|确诊|感染|病毒|封城|有毒|毒|投毒|致癌|停水|停电|断供|水源|泄漏|核电|辐射|污染|直排|坍塌|垮塌|塌陷|塌方|伤亡|被埋|暴乱|打死|打架|斗殴|强奸|性侵|霸凌|中毒|脱轨|坠机|迫降|滑坡|泥石流|沉船|溺水|伤人|老虎|延迟退休|养老金|社保|医保|中考|高考|学费|考试取消|房产税|个税|生育|补贴|发钱|婚姻|结婚|出入境|护照|户口|征兵|战争|食盐|粮食|仲裁|艾滋|暴雨|涨水|龙卷风|被困|被打|弃婴|遗弃|救护车|聚众|人质|抱走|偷走|悬空|大规模拆迁|国补|停发|封路|停课|小升初|摇号|年检|驾照|自来水|饮用水|倒灌|决口|跳江|人腿|尸体|落户|限购|燃油税|过路费/;

/** Finds the cues of one text. Foreign texts have none. */
export function findCues(e: Evidence, reader: EvidenceReader, chars: string): Cue[] {
  if (e.foreign) return [];
  const out: Cue[] = [];
  const part = chars.length > 1500 ? chars.slice(0, 1500) : chars;
  for (const p of PATTERNS) {
    if (!p.classes.some((c) => (e.counts[reader.id(c)] ?? 0) > 0)) continue;
    const m = p.pattern.exec(part);
    if (m !== null) out.push({ rule: p.rule, start: m.index, end: m.index + m[0].length, source: `CODEBOOK ${p.source}`, strength: p.strength });
  }
  const rumour = e.denial ? rumourCue(part) : null;
  if (rumour !== null) out.push(rumour);
  return [...out, ...figureCues(e, reader)];
}

function rumourCue(part: string): Cue | null {
  const lead = part.slice(0, 240);
  const said = DENIED.exec(lead);
  const subject = RUMOUR_SUBJECT.exec(lead);
  if (said === null || subject === null) return null;
  return { rule: 'M6', start: subject.index, end: subject.index + subject[0].length, source: 'CODEBOOK M6 涉突发事件、公共安全或政策的谣言', strength: 0.5 };
}

/** Numbers of the rules: 50 gathered, 10 poisoned, 100 households, 50 workers. */
function figureCues(e: Evidence, reader: EvidenceReader): Cue[] {
  const f = e.facts;
  const out: Cue[] = [];
  const add = (rule: Cue['rule'], figure: Figure | null, least: number, source: string, strength: number): void => {
    if (figure !== null && figure.value >= least) out.push({ rule, start: figure.start, end: figure.end, source: `CODEBOOK ${rule} ${source}`, strength });
  };
  const harm = (e.counts[reader.id('m8.harm')] ?? 0) > 0;
  add('M2', f.gathered, 50, '聚集五十人以上', 1.1);
  if (e.kinds.slice(0, 4).some((k) => k.kind === 'foodpoison')) add('M3', f.poisoned, 10, '中毒十人以上', 1.5);
  if (harm) {
    add('M8', f.households, 100, '一百户以上', 0.8);
    add('M8', f.workers, 50, '五十名职工以上', 0.8);
    add('M8', f.victims, 100, '众多受害人', 0.6);
  }
  add('M8', f.evacuated, 1000, '转移千人以上', 0.4);
  return out;
}
