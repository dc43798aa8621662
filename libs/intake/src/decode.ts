import { isUtf8 } from 'node:buffer';
import { decode as iconvDecode, encodingExists } from 'iconv-lite';

export interface Decoded {
  text: string;
  /** The encoding the bytes were read in: lower-case, WHATWG name. */
  charset: string;
  /** What header or document claimed, if anything. */
  declared: string | null;
  from: 'override' | 'bom' | 'header' | 'declaration' | 'content';
}

/** Names in the wild → the superset that reads them all. GB 18030 contains GBK contains GB 2312. */
const ALIASES: Record<string, string> = {
  gb2312: 'gb18030',
  gbk: 'gb18030',
  gb_2312: 'gb18030',
  'gb_2312-80': 'gb18030',
  'gb2312-80': 'gb18030',
  'x-gbk': 'gb18030',
  cp936: 'gb18030',
  'windows-936': 'gb18030',
  ms936: 'gb18030',
  'euc-cn': 'gb18030',
  euccn: 'gb18030',
  'gb-2312': 'gb18030',
  'gb 2312': 'gb18030',
  chinese: 'gb18030',
  utf8: 'utf-8',
  utf_8: 'utf-8',
  'utf-8-sig': 'utf-8',
  unicode: 'utf-16le',
  'unicode-1-1-utf-8': 'utf-8',
  'iso-10646-ucs-2': 'utf-16',
  'ucs-2': 'utf-16',
  'big5-hkscs': 'big5',
  'x-x-big5': 'big5',
  cp950: 'big5',
  'iso-8859-1': 'windows-1252',
  latin1: 'windows-1252',
  'us-ascii': 'windows-1252',
  ascii: 'windows-1252',
  'iso8859-1': 'windows-1252',
};

function canonical(name: string | null | undefined): string | null {
  const n = (name ?? '')
    .trim()
    .replace(/^["']|["';]$/g, '')
    .toLowerCase();
  if (n === '') return null;
  const c = ALIASES[n] ?? n;
  return encodingExists(c) ? c : null;
}

/**
 * Bytes to text. Order of belief: override, byte order mark, then header and declaration as far as the bytes
 * agree with them, then the bytes alone. A label that the bytes contradict is not believed.
 */
export function decodeBytes(
  bytes: Buffer,
  hints: { contentType?: string | null; override?: string | null } = {},
): Decoded {
  const header = canonical(/charset\s*=\s*("?[^\s;"']+)/i.exec(hints.contentType ?? '')?.[1]?.replace('"', ''));
  const declared = header ?? declaredCharset(bytes);
  const override = canonical(hints.override);
  if (override) return { text: stripBom(read(bytes, override)), charset: override, declared, from: 'override' };
  const bom = bomOf(bytes);
  if (bom) return { text: stripBom(read(bytes, bom)), charset: bom, declared, from: 'bom' };
  const wide = wideWithoutBom(bytes);
  if (wide) return { text: read(bytes, wide), charset: wide, declared, from: 'content' };
  const from = header ? 'header' : 'declaration';
  const claimed =
    declared && !declared.startsWith('utf-16') && !declared.startsWith('utf-32') && !declared.startsWith('ucs')
      ? declared
      : null;
  const charset = believe(bytes, claimed);
  return { text: stripBom(read(bytes, charset)), charset, declared, from: charset === claimed ? from : 'content' };
}

const read = (bytes: Buffer, charset: string): string =>
  charset === 'utf-8' ? bytes.toString('utf8') : iconvDecode(bytes, charset);
const stripBom = (s: string): string => (s.charCodeAt(0) === 0xfeff ? s.slice(1) : s);

function bomOf(b: Buffer): string | null {
  if (b[0] === 0xef && b[1] === 0xbb && b[2] === 0xbf) return isMostlyUtf8(b) ? 'utf-8' : null;
  if (b[0] === 0xff && b[1] === 0xfe) return b[2] === 0 && b[3] === 0 && b.length > 4 ? 'utf-32le' : 'utf-16le';
  if (b[0] === 0xfe && b[1] === 0xff) return 'utf-16be';
  if (b[0] === 0 && b[1] === 0 && b[2] === 0xfe && b[3] === 0xff) return 'utf-32be';
  return null;
}

/** `<?` or `<h` as two- or four-byte units. */
function wideWithoutBom(b: Buffer): string | null {
  if (b.length < 4) return null;
  if (b[0] === 0 && b[1] === 0 && b[2] === 0 && b[3] === 0x3c) return 'utf-32be';
  if (b[0] === 0x3c && b[1] === 0 && b[2] === 0 && b[3] === 0) return 'utf-32le';
  if (b[0] === 0 && b[1] === 0x3c && b[2] === 0) return 'utf-16be';
  if (b[0] === 0x3c && b[1] === 0 && b[3] === 0) return 'utf-16le';
  return null;
}

function declaredCharset(bytes: Buffer): string | null {
  // EBCDIC documents exist in the suites: the declaration itself is in EBCDIC then (XML 1.0, appendix F).
  const ebcdic = bytes[0] === 0x4c && bytes[1] === 0x6f && bytes[2] === 0xa7 && bytes[3] === 0x94;
  if (ebcdic) return encodingExists('cp037') ? 'cp037' : null;
  const head = bytes.subarray(0, 8192).toString('latin1');
  const xml = /^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"']{1,40})["']/i.exec(head)?.[1];
  const meta = /<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})/i.exec(head)?.[1];
  return canonical(xml) ?? canonical(meta);
}

function believe(bytes: Buffer, claimed: string | null): string {
  if (isMostlyUtf8(bytes))
    return isAscii(bytes)
      ? (claimed ?? 'utf-8')
      : isUtf8(trimTail(bytes)) || claimed === 'utf-8' || claimed === null
        ? 'utf-8'
        : claimed;
  const chinese = claimed === 'gb18030' || claimed === 'big5';
  if (claimed && claimed !== 'utf-8' && claimed !== 'windows-1252' && !chinese) return claimed;
  const guess = chineseGuess(bytes);
  if (chinese) return guess && guess.sure ? guess.charset : claimed;
  if (guess && (guess.sure || claimed === null || claimed === 'utf-8')) return guess.charset;
  return claimed === 'utf-8' || claimed === null ? 'windows-1252' : claimed;
}

const SAMPLE = 262_144;

const isAscii = (b: Buffer): boolean => {
  for (let i = 0; i < b.length; i++) if ((b[i] ?? 0) > 0x7f) return false;
  return true;
};

/** A cut-off last character is no contradiction. */
const trimTail = (b: Buffer): Buffer => {
  let end = b.length;
  while (end > 0 && end > b.length - 4 && ((b[end - 1] ?? 0) & 0xc0) === 0x80) end--;
  return end > 0 && (b[end - 1] ?? 0) >= 0xc0 ? b.subarray(0, end - 1) : b;
};

/** Valid UTF-8, or UTF-8 with so few broken characters that nothing else explains the rest. */
function isMostlyUtf8(bytes: Buffer): boolean {
  if (isUtf8(trimTail(bytes)) || isUtf8(bytes)) return true;
  const text = bytes.subarray(0, SAMPLE).toString('utf8');
  let bad = 0;
  let wide = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0xfffd) bad++;
    else if (c > 0x7f) wide++;
  }
  return wide > 40 * bad;
}

/** The characters that make up about a third of running Chinese text, both scripts. */
const COMMON = new Set(
  '的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严首底液官德随病苏失尔死讲配女黄推显谈罪神艺呢席含企望密批营项防举球英氧势告李台落木帮轮破亚师围注远字材排供河态封另施减树溶怎止案言士均武固叶鱼波视仅费紧爱左章早朝害续轻服试食充兵源判护司足某练差致板田降黑犯负击范继兴似余坚曲输修故城夫够送笔船占右财吃富春职觉汉画功巴跟虽杂飞检吸助升阳互初创抗考投坏策古径换未跑留钢曾端责站简述钱副尽帝射草冲承独令限阿宣环双请超微让控州良轴找否纪益依优顶础载倒房突坐粉敌略客袁冷胜绝析块剂测丝协诉念陈仍罗盐友洋错苦夜刑移频逐靠混母短皮终聚汽村云哪既距卫停烈央察烧迅境若印洲刻括激孔搞甚室待核校散侵吧甲游久菜味旧模湖货损预阻毫普稳乙妈植息扩银语挥酒守拿序纸医缺雨吗针刘啊急唱误训愿审附获茶鲜粮斤孩脱硫肥善龙演父渐血欢械掌歌沙刚攻谓盾讨晚粒乱燃矛乎杀药宁鲁贵钟煤读班伯香介迫句丰培握兰担弦蛋沉假穿执答乐谁顺烟缩征脸喜松脚困异免背星福买染井概慢怕磁倍祖皇促静补评翻肉践尼衣宽扬棉希伤操垂秋宜氢套督振架亮末宪庆编牛触映雷销诗座居抓裂胞呼娘景威绿晶厚盟衡鸡孙延危胶屋乡临陆顾掉呀灯岁措束耐剧玉赵跳哥季课凯胡额款绍卷齐伟蒸殖永宗苗川炉岩弱零杨奏沿露杆探滑镇饭浓航怀赶库夺伊灵税途灭赛归召鼓播盘裁险康唯录菌纯借糖盖横符私努堂域枪润幅哈竟熟虫泽脑壤碳欧遍侧寨敢彻虑斜薄庭纳弹饲伸折麦湿暗荷瓦塞床筑恶户访塔奇透梁刀旋迹卡氯遇份毒泥退洗摆灰彩卖耗夏择忙铜献硬予繁圈雪函亦抽篇阵阴丁尺追堆雄迎泛爸楼避谋吨野猪旗累偏典馆索秦脂潮爷豆忽托惊塑遗愈朱替纤粗倾尚痛楚谢奋购磨君池旁碎骨监捕弟暴割贯殊释词亡壁顿宝午尘闻揭炮残冬桥妇警综招吴付浮遭徐您摇谷赞箱隔订男吹園東國時來們為這個說對會發動產後過學經進電關業無開與從問義應長見書語題報門車聲號點萬還當實現體間樣將兩',
);

function chineseGuess(bytes: Buffer): { charset: string; sure: boolean } | null {
  const sample = bytes.subarray(0, SAMPLE);
  const score = (charset: string): number => {
    const text = iconvDecode(sample, charset);
    let common = 0;
    let bad = 0;
    let wide = 0;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (c < 0x80) continue;
      wide++;
      if (c === 0xfffd || (c >= 0xe000 && c < 0xf900)) bad++;
      else if (c >= 0x4e00 && COMMON.has(text[i] ?? '')) common++;
    }
    return wide === 0 ? 0 : (common - 5 * bad) / wide;
  };
  const gb = score('gb18030');
  const big5 = score('big5');
  const best = gb >= big5 ? { charset: 'gb18030', value: gb } : { charset: 'big5', value: big5 };
  if (best.value <= 0.05) return null;
  return { charset: best.charset, sure: best.value > 0.3 };
}
