/**
 * Masks what names a private person in a text that people read (003 任务7): phone, ID card, number plate, bank card,
 * e-mail, and the writer's name in complaints. The original stays in the store; `spans` say what was hidden.
 * Casualty figures, dates, sums and document numbers are not masked.
 */
export const MASK_KINDS = ['id-card', 'bank-card', 'phone', 'e-mail', 'plate', 'name'] as const;
export type MaskKind = (typeof MASK_KINDS)[number];

export interface MaskedSpan {
  kind: MaskKind;
  /** UTF-16 positions in the original. */
  start: number;
  end: number;
}

export interface MaskedText {
  /** As long as the original: positions of reasons stay right. */
  masked: string;
  spans: MaskedSpan[];
}

const SURNAMES =
  '王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝';
const NAME = `[${SURNAMES}][\\u4e00-\\u9fa5]{1,2}`;
/** Surnames that hardly ever begin another word: enough where no label such as 「联系人：」 stands before the name. */
const PLAIN_SURNAMES = '王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁沈姚卢姜崔钟谭陆汪范廖贾夏韦付邹孟熊秦邱江尹薛段雷侯龙陶黎贺顾毛郝龚邵钱严覃武戴莫孔汤';
const PLAIN_NAME = `(?:欧阳|司马|上官|诸葛)[\\u4e00-\\u9fa5]{1,2}|[${PLAIN_SURNAMES}][\\u4e00-\\u9fa5]{1,2}`;
/** What parts a name from the rest. */
const NAME_ENDS = '(?=\\s*(?:[，,。；;、！!（(：:]|\\s|$|[男女]|联系|电话|手机|身份证))';
const KIN = '父亲|母亲|爸爸?|妈妈?|儿子|女儿|丈夫|妻子|老公|老婆|爷爷|奶奶|外公|外婆|哥哥?|弟弟|姐姐?|妹妹|孩子|小孩';
/** Words that begin like a name but are none. */
const NOT_NAME = /^(?:方面|方案|高速|高度|万元|万人|和谐|和平|时间|时候|金额|金融|成立|成为|农民|农村|关于|关注|安全|安置|向上|向领|连续|解决|应该|全家|全体|全部|全村|明确|明显|车辆|车主|路过|路边|路口|管理|包括|包工|单位|华为|房东|房子|房产|房屋|石头|白天|白血|牛奶|任何|任职|常年|严重|严格|申请|申诉|项目|商家|商户|景区|党员|师傅|农户|温州|安徽|江苏|江西|河南|宁波|宁夏|于是|何时|何况|许多|常常|史上|马上|高中|高考|高铁|文明|文件|武汉|金华|席卷|查处|查询|边上|简单|游客|游泳|童年|季度|成都|章程|古城|盛世|司机|施工|应届|单亲|单身|文科|常客|华人|代表|苏州|郑州|徐州|许昌|邓州|梁山|江门|江阴|江津|江山|余姚|余杭|钟祥|黄冈|黄山|黄石|马鞍|唐山|秦皇|彭州|武昌|武义|龙岩|龙游|龙港|林州|江都|姜堰|丁香|田园|田地|江边|黄牛|黄金|马路|钱款|余款|余额|周边|周围|周末|周日|周[一二三四五六]|何种|何处|何人|雷雨|林地|林业|叶子|胡同|胡乱|曾经|曾在|曾多|谢谢|许可|程序|陆续|江湖|段时|武警|毛病|孔洞|汤池|夏天|夏季|秋|范围|严|付款|付费|付清|贺|顾|万)|某|[人的镇村市县区乡们户者路街社组号栋园]$|公司|小区|先生|女士|书记|市长|县长|镇长|局长|主任|领导|老师/;

interface Pattern {
  kind: MaskKind;
  pattern: RegExp;
  /** Group that is hidden; the whole match when 0. */
  group: number;
  accept: (text: string) => boolean;
}

const always = (): boolean => true;

const PATTERNS: readonly Pattern[] = [
  { kind: 'id-card', pattern: /(?<![0-9A-Za-z])[1-9][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx](?![0-9A-Za-z])/g, group: 0, accept: always },
  { kind: 'id-card', pattern: /身份证号?码?(?:为|是|：|:|\s)*([1-9][0-9]{14}(?:[0-9]{2}[0-9Xx])?)(?![0-9])/g, group: 1, accept: always },
  { kind: 'phone', pattern: /(?<![0-9A-Za-z.])(?:\+?86[- ]?)?1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}(?![0-9])/g, group: 0, accept: always },
  { kind: 'phone', pattern: /(?<![0-9A-Za-z.])[(（]?0(?:10|2[0-9]|[3-9][0-9]{2})[)）]?[- －—]{0,2}[1-9][0-9]{6,7}(?![0-9])/g, group: 0, accept: always },
  { kind: 'phone', pattern: /(?:电话|座机|联系方式|手机|热线)(?:号码)?(?:为|是|：|:|\s)*([2-8][0-9]{6,7})(?![0-9])/g, group: 1, accept: always },
  { kind: 'bank-card', pattern: /(?<![0-9A-Za-z.])[3-6][0-9]{3}(?:[ -]?[0-9]{4}){2,3}[ -]?[0-9]{1,7}(?![0-9])/g, group: 0, accept: isCardNumber },
  { kind: 'e-mail', pattern: /[A-Za-z0-9](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9])?@[A-Za-z0-9-]{1,60}(?:\.[A-Za-z0-9-]{1,30}){1,4}/g, group: 0, accept: always },
  { kind: 'plate', pattern: /[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·•. -]?(?:[A-HJ-NP-Z0-9]{5}|[DF][A-HJ-NP-Z0-9]{5}|[0-9]{5}[DF]|[A-HJ-NP-Z0-9]{4}[学警港澳挂])(?![A-Za-z0-9])/g, group: 0, accept: always },
  { kind: 'plate', pattern: /WJ[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][·•. -]?[0-9]{4,5}[A-Z0-9]?(?![A-Za-z0-9])/g, group: 0, accept: always },
  { kind: 'name', pattern: new RegExp(`(?:我是|本人|我的名字是|本人是|我系|本人系)\\s*(${PLAIN_NAME})${NAME_ENDS}`, 'g'), group: 1, accept: isName },
  { kind: 'name', pattern: new RegExp(`(?:(?:我|本人)的?(?:${KIN})(?:叫|名叫|是|:|：)?|(?:村民|居民|业主|户主|市民|职工|住户|租户|当事人|被害人|受害人|伤者|死者|学生家长|(?:投诉|反映|举报|申请|申诉|求助|控告|联系|经办)人)(?:叫|名叫|为)?)\\s*(${PLAIN_NAME})${NAME_ENDS}`, 'g'), group: 1, accept: isName },
  { kind: 'name', pattern: new RegExp(`(?:我叫|本人叫|我是叫|我的名字叫|我名叫|本人姓名(?:是|为|：|:)?|姓名(?:：|:)|(?:投诉|反映|举报|申请|申诉|求助|控告|联系|经办)人(?:是|为|叫|：|:))\\s*(${NAME})(?![\\u4e00-\\u9fa5]{0,1}(?:公司|医院|学校|镇|村|路|局))`, 'g'), group: 1, accept: isName },
  { kind: 'name', pattern: new RegExp(`(?:此致\\s*敬礼[！!。]?\\s*|(?:反映人|投诉人|举报人|村民|业主|居民|市民|家长|职工|网友|上访人|落款|署名)\\s*[:：]\\s*)(${NAME})(?=\\s*(?:$|[，。；、\\s0-9（(]))`, 'g'), group: 1, accept: isName },
  { kind: 'name', pattern: new RegExp(`(?:^|\\n)\\s*(${NAME})\\s*(?=(?:\\n\\s*)?(?:19|20)[0-9]{2}\\s*[年.\\-/])`, 'g'), group: 1, accept: isName },
];

/** Full-width digits, letters and signs as half-width ones: as long, so that positions stay. */
function halfWidth(text: string): string {
  return /[\uff01-\uff5e]/.test(text) ? text.replace(/[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff20\uff0d\uff0e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)) : text;
}

function isName(text: string): boolean {
  return !NOT_NAME.test(text);
}

/** Luhn's check digit, which bank cards carry and document numbers do not. */
function isCardNumber(text: string): boolean {
  const digits = text.replace(/[^0-9]/g, '');
  if (digits.length < 15 || digits.length > 19) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const d = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? d * 2 : d;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** The text as people may read it. */
export function maskText(text: string): string {
  return maskWithSpans(text).masked;
}

/** The same with what was hidden. `masked` has the original's length: characters are replaced one by one. */
export function maskWithSpans(text: string): MaskedText {
  const spans = findSpans(text);
  if (spans.length === 0) return { masked: text, spans };
  const parts: string[] = [];
  let at = 0;
  for (const s of spans) {
    parts.push(text.slice(at, s.start), hide(text.slice(s.start, s.end), s.kind));
    at = s.end;
  }
  parts.push(text.slice(at));
  return { masked: parts.join(''), spans };
}

function findSpans(original: string): MaskedSpan[] {
  const text = halfWidth(original);
  const found: MaskedSpan[] = [];
  for (const p of PATTERNS) {
    for (const m of text.matchAll(p.pattern)) {
      const part = p.group === 0 ? m[0] : m[p.group]!;
      if (!p.accept(part)) continue;
      const start = p.group === 0 ? m.index : m.index + m[0].lastIndexOf(part);
      const end = start + part.length;
      if (!found.some((f) => start < f.end && f.start < end)) found.push({ kind: p.kind, start, end });
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

/** A surname and the ends of a number are kept, so that a reader can tell two people apart. */
function hide(part: string, kind: MaskKind): string {
  if (kind === 'name') return part[0]! + '*'.repeat(part.length - 1);
  const keep = { 'id-card': [3, 0], 'bank-card': [0, 4], phone: [3, 2], 'e-mail': [1, 0], plate: [2, 0] }[kind];
  const head = part.slice(0, keep[0]);
  const tail = keep[1]! > 0 ? part.slice(-keep[1]!) : '';
  return head + part.slice(head.length, part.length - tail.length).replace(/[^\s@.·-]/g, '*') + tail;
}
