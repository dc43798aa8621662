/**
 * Where a place's name is not the place. The recogniser takes names greedily from the left, so most straddling
 * (上海地铁, 江西安福) is settled already; what is left stands here.
 */

/** Short forms that are words of their own: believed only beside their city or province, or with their suffix. */
export const COMMON_WORDS: ReadonlySet<string> = new Set(
  `和平 平安 东方 建设 朝阳 太平 长安 吉利 江北 江南 江东 河东 河西 城中 城东 城西 城南 城北 城关 高明 公安 大方 方正 友谊 富裕 安居 新建 通道 互助
   合作 名山 南部 大英 石棉 资源 乐业 兴业 平乐 平果 安定 永定 天长 安宁 大安 永安 新民 新乐 高平 兴平 开平 大同 安康 中山 黄山 白银 来宾 海南 海西
   海东 海北 日照 大理 新华 文化 民主 红旗 胜利 人民 解放 工农 光明 阳光 新城 老城 新区 开发 南山 北山 东山 西山 灵山 长青 青山 金山 银州 金川 铁东 铁西
   龙华 龙湖 龙门 龙泉 长乐 永乐 平和 和顺 长顺 富民 新平 新和 东海 南海 西湖 南湖 东湖 西城 东城 南关 北关 南岸 北岸 武功 会同 建水 白水 天全 顺义 崇信
   正安 普安 兴安 兴国 兴隆 兴和 太和 泰和 泰安 永和 永兴 永新 永丰 永福 宁化 宁远 怀安 集贤 宁安 北安 同安 惠安 福安 瑞安 武安 高安 国安 迎江 大观 道里
   道外 香坊 双清 大祥 天心 雨花 开福 芙蓉 向阳 前进 东风 郊区 城区 矿区 市中 市北 市南 临河 沙河 清河 清水 天台 青龙 黄龙 金平 长治 文山 红河 双江 双流
   天门 宝山 静安 普陀 自流 大通 中原 二七 金水 上街 惠济 管城 西山 盘龙 五华 官渡 南明 云岩 花溪 乌当 白云 观山湖 金塔 玉门 民乐 高台 山丹 临泽 崇明 中方 鼎城`
    .split(/\s+/)
    .filter((w) => w !== ''),
);

/** Full names that are also two ordinary words (和县政府 is a place, 和县领导 is not). */
export const WEAK_FULL_NAMES: ReadonlySet<string> = new Set(['和县', '成县', '富县', '城区', '郊区', '矿区', '新区', '市中区', '市区', '任县', '高县', '大县', '全县']);

interface Trap {
  /** Of the characters before (up to 4). */
  before?: RegExp;
  /** Of the characters after (up to 4). */
  after?: RegExp;
}

const STREET = /^(?:[东西南北中]|[一二三四五六七八九十]+)?(?:路(?![边面人过段上])|街(?![头边上坊])|大道|大街|巷|弄|胡同|站|大厦|饭店|酒店|银行|证券)/;
const RIVER_BANK = /^(?:岸|侧|部分|边)/;

const TRAPS: Readonly<Record<string, Trap>> = {
  成都: { before: /[完形组造达生变建养]$/ },
  西安: { before: /[以向往朝东]$/, after: /^(?:全|装|排|置)/ },
  南通: { after: /^(?:道|过|知|车|行|报)/ },
  大理: { after: /^(?:石|想|论)/ },
  江西: { before: /[珠长沿岷赣沱嘉陵漓湘]$/, after: RIVER_BANK },
  河南: { before: /[黄淮运大]$/, after: RIVER_BANK },
  河北: { before: /[黄淮运大]$/, after: RIVER_BANK },
  湖南: { before: /[太]$/, after: RIVER_BANK },
  湖北: { before: /[太]$/, after: RIVER_BANK },
  山东: { after: RIVER_BANK },
  山西: { after: RIVER_BANK },
  海口: { before: /[出入沿]$/ },
  上海: { before: /[楼网车]$/, after: /^(?:报|鲜|拔|量)/ },
  重庆: { after: /^(?:祝)/ },
  长春: { after: /^(?:藤|花)/ },
  大连: { after: /^(?:续|接|锁)/ },
  日照: { after: /^(?:时|强|充|不|下)/ },
  新疆: { after: /^(?:棉)/ },
  德州: { after: /^(?:扑克|仪器|农工)/ },
  北京: { after: /^(?:时间|冬奥|奥运)/ },
  开封: { before: /[未已拆可]$/, after: /^(?:后|前|的|即)/ },
  丰县: { before: /[^ \n，。、省市江苏徐州的在]$/ },
  日本: { before: /[近今昨当同每次即周节假末生冬夏春秋一二三四五六七八九十\d]$/, after: /^(?:人|身|次|地|来|着|报|市|县|院|校|店|公司|应|该)(?=[^，。]*)/ },
  古巴: { after: /^(?:士)/ },
  马里: { before: /[人牛]$/ },
  约旦: { before: /[预相]$/ },
  阿曼: { after: /^(?:达)/ },
  关岛: { before: /[海]$/ },
};

/** The agency's dateline (新华社北京11月2日电, 本报上海讯) names where it was written, not where it happened. */
const AGENCY = /(?:新华社|中新社|中新网|人民网|新华网|央视网|光明网|中国网|本报|本台|新京报|法新社|路透社|美联社)$/;
const DATELINE = /^(?:\d{1,2}月\d{1,2}日)?[^，。\n]{0,8}?(?:电|讯)[ 　（(，]/;

/** Whether the name at `[start, end)` is not the place it looks like. `full`: written with its suffix. */
export function isTrap(text: string, name: string, start: number, end: number, full: boolean): boolean {
  const before = text.slice(Math.max(0, start - 4), start);
  const after = text.slice(end, end + 4);
  if (!full && STREET.test(after)) return true;
  const trap = TRAPS[name];
  return trap !== undefined && ((trap.before?.test(before) ?? false) || (trap.after?.test(after) ?? false));
}

/** Whether the name is part of a dateline. */
export function isDateline(text: string, start: number, end: number): boolean {
  return AGENCY.test(text.slice(Math.max(0, start - 4), start)) && DATELINE.test(text.slice(end, end + 24));
}
