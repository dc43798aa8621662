import { readFileSync } from 'node:fs';

/** A report, post or message of a feed. */
export interface BenchText {
  title: string;
  text: string;
}

/** Invented: no place, firm or person of these names is meant. */
const PLACES = ['云溪县桥头镇', '青河县南岭镇', '临江市东湖区', '石桥县柳湾镇', '安陵市北城区', '白沙县城关镇', '永和县双溪乡', '长岭市西塘区'];
const NAMES = ['柳湾小区', '阳光花园', '幸福里', '翠湖苑', '锦绣家园', '青禾路', '建设路', '滨河大道', '第二小学', '实验中学', '人民医院', '宏远工地', '恒丰食品厂', '城东菜市场', '石桥村', '湖西村', '汽车站', '文化广场', '政务大厅', '工业园'];
const WHO = ['记者', '市民李先生', '居民王女士', '县融媒体中心', '业主代表', '热心网友', '村民张大爷', '驻村工作队', '志愿者服务队', '家长代表'];
/** What concerns nobody's duty: most of what any feed brings. */
const ORDINARY_NEWS = [
  ['{p}举行春季植树活动', '昨日，{p}组织机关干部在{n}附近开展义务植树，共栽下树苗{k}余株，{w}也来到现场。'],
  ['{p}召开乡村振兴工作推进会', '会议听取了{n}等地今年以来的工作情况汇报，研究部署下一阶段重点任务，{k}名代表参加会议。'],
  ['{p}柑橘采摘节开幕，游客同比增长{k}%', '采摘节设在{n}，现场有民俗表演和农产品展销，当天接待游客{k}人次，{w}说今年的果子又大又甜。'],
  ['{n}新图书馆试运行', '新馆位于{p}，藏书{k}万册，设有少儿阅览区和自习室，{w}表示以后看书更方便了。'],
  ['{p}中学生篮球联赛收官', '决赛在{n}举行，双方激战四节，最终主队以{k}分的优势夺冠，赛后{w}进行了采访。'],
  ['今年前三季度{p}经济运行平稳', '统计部门数据显示，前三季度全地区生产总值同比增长{k}.2%，{n}一带的服务业增势良好。'],
  ['{p}开展文艺下乡演出', '演员们在{n}的舞台上带来歌舞、戏曲和小品，{k}多名群众观看，{w}连声叫好。'],
  ['好天气持续，{p}周末气温回升', '气象台预计，未来三天{p}以晴到多云为主，最高气温{k}度，适宜到{n}户外活动。'],
];
const COMPLAINTS = [
  ['{p}{n}停水三天无人处理', '{n}从前天起停水，物业说是总管坏了，自来水公司说归物业管，来回推了三天，{k}户居民没有水用，请求尽快协调恢复供水。'],
  ['反映{p}{n}附近夜间施工噪音扰民', '{n}旁边的工地每天施工到凌晨，声音很大，{k}多户居民无法休息，打过几次电话都没有结果，希望城管和环保部门管一管。'],
  ['{p}{n}拖欠{k}名农民工工资四个月', '我们{k}个人在{p}{n}做木工，从去年底到现在四个月工资没有发，包工头说公司没有结算，请求劳动监察部门帮我们讨回工资。'],
  ['{p}{n}路灯坏了快一个月', '{n}中段一排路灯坏了快一个月，晚上一片漆黑，已经有人骑车摔倒，{w}多次反映，请有关部门尽快维修。'],
];
const EMERGENCIES = [
  ['突发：{p}{n}发生爆炸已致3人死亡', '今天，{p}{n}一车间发生爆炸，现场浓烟滚滚，已造成3人死亡、{k}人受伤，消防、急救车辆已赶到，事故原因正在调查。'],
  ['{p}{n}多名学生午饭后呕吐送医', '{p}{n}今天中午有{k}名学生午餐后出现呕吐、腹痛，疑似食物中毒，已送医观察，市场监管部门已封存食堂留样。'],
];
const FILLER = [
  '据了解，这项工作已经持续了一段时间，参与的人员来自{p}的不同单位，大家表示还会继续做下去。',
  '在{n}一带走访时，{w}介绍说，周边的环境比前些年有了不小的变化，日子也越来越有盼头。',
  '相关负责人说，下一步将把台账做细，把时间表定好，让{p}的群众看得见、摸得着。',
  '活动从上午持续到傍晚，来自附近的{k}位群众陆续到场，{w}记录下了这些画面。',
  '按照安排，后续的资料会在{p}的网站上公布，有兴趣的读者可以留意。',
];

/** The same number gives the same texts. @returns a share of 80 % news, 17 % complaints, 3 % emergencies; 100–400 characters each */
export function makeTexts(count: number, seed = 1): BenchText[] {
  const next = randomOf(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  return Array.from({ length: count }, (_, i) => {
    const kind = next();
    const [title, lead] = pick(kind < 0.8 ? ORDINARY_NEWS : kind < 0.97 ? COMPLAINTS : EMERGENCIES) as [string, string];
    const values: Record<string, string> = { p: pick(PLACES), n: pick(NAMES), w: pick(WHO), k: String(2 + Math.floor(next() * 60)) };
    const fill = (s: string): string => s.replace(/\{(\w)\}/g, (_m, key: string) => values[key] ?? '');
    const more = Array.from({ length: 1 + Math.floor(next() * 7) }, () => pick(FILLER));
    return { title: fill(title), text: fill([lead, ...more].join('')) + `（编号${seed}${i}）` };
  });
}

/** Texts of a file of JSON lines with `title` and `text`. */
export function readTexts(file: string, count: number): BenchText[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter((l) => l !== '');
  return lines.slice(0, count).map((l) => JSON.parse(l) as BenchText);
}

const escape = (s: string): string => s.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** RSS 2.0 documents of so many entries each, as bytes. */
export function makeFeeds(texts: readonly BenchText[], perFeed: number): Buffer[] {
  const feeds: Buffer[] = [];
  for (let at = 0; at < texts.length; at += perFeed) {
    const entries = texts.slice(at, at + perFeed).map(({ title, text }, i) => {
      const date = new Date(Date.UTC(2026, 0, 5, 0, 0, (at + i) % 86_400)).toUTCString();
      const link = `https://feeds.invalid/${at}/${i}.html`;
      return `<item><title>${escape(title)}</title><link>${link}</link><guid>${link}</guid><pubDate>${date}</pubDate><description><![CDATA[<p>${escape(text)}</p>]]></description></item>`;
    });
    feeds.push(
      Buffer.from(
        `<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>源${at}</title><link>https://feeds.invalid/</link>\n${entries.join('\n')}\n</channel></rss>`,
      ),
    );
  }
  return feeds;
}

/** mulberry32 */
function randomOf(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
