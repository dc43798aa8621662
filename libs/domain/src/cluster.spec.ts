import { CLUSTER_RULES, ClusterIndex, type Arrival } from './cluster';
import { eventFeatures } from './same-event';
import { PairWeights } from './pair-weights';
import { hamming, simhash } from './simhash';

/** Words by blanks: the segmenter is no part of this. Short words are common, long ones telling. */
const idfOf = (w: string): number | null => (w.length < 2 ? null : w.length === 2 ? 6 : 11);
const arrival = (title: string, text: string, at: number, more: Partial<Arrival> = {}): Arrival => {
  const words = `${title} ${text}`.split(/[\s，。]+/);
  return {
    features: eventFeatures(
      {
        title: title.replace(/ /g, ''),
        text: text.replace(/ /g, ''),
        words,
        titleWords: title.split(' '),
        at: new Date(at),
      },
      idfOf,
    ),
    contentHash: title + text,
    at,
    personal: false,
    ...more,
  };
};
const DAY = 86_400_000;

const blast = (toll: string, at: number): Arrival =>
  arrival(
    `云溪县 恒泰化工厂 爆炸 致 ${toll} 死亡`,
    `云溪县 工业园 恒泰化工厂 一车间 发生爆炸 ， 造成 ${toll} 死亡 ， 搜救 仍在 进行 。`,
    at,
  );
const fire = (at: number): Arrival =>
  arrival('南岭镇 老街 商铺 起火', '南岭镇 老街 一家 五金商铺 昨夜 起火 ， 无人 伤亡 。', at);

describe('ClusterIndex', () => {
  it('puts updates of one event into one case and another event into another', () => {
    const index = new ClusterIndex();
    index.add('1', blast('3人', 0));
    expect(index.find(blast('12人', DAY))).toMatchObject({ cluster: '1' });
    expect(index.find(fire(DAY))).toBeNull();
  });

  it('knows the same text at once, whatever its source', () => {
    const index = new ClusterIndex();
    index.add('1', fire(0));
    expect(index.find(fire(60_000))).toMatchObject({ cluster: '1', kind: 'exact', score: 1 });
  });

  it('joins nothing to a case that has been silent for longer than the window', () => {
    const index = new ClusterIndex();
    index.add('1', blast('3人', 0));
    expect(index.find(blast('3人', 8 * DAY))).toBeNull();
  });

  it('keeps two accidents apart that share their words and not their place', () => {
    const index = new ClusterIndex();
    const flood = (at: number, place: string | null): Arrival =>
      arrival('强降雨引发 山洪泥石流 多人失联', '强降雨引发 山洪泥石流 ， 多人失联 ， 救援队伍 已经到达 。', at, {
        place,
        contentHash: String(at),
      });
    index.add('1', {
      ...flood(0, '360734'),
      features: { ...flood(0, null).features, simhash: 0n, grams: PairWeights.ofText('') },
    });
    expect(index.find(flood(1, '440000'))).toBeNull();
    // A county and its province are no contradiction; a text without a place none either.
    expect(index.find(flood(2, '360000'))).toMatchObject({ cluster: '1' });
    expect(index.find(flood(3, null))).toMatchObject({ cluster: '1' });
  });

  it('does not take two matters of one town for one', () => {
    const index = new ClusterIndex();
    index.add('1', arrival('寻乌县 澄江镇 柑橘滞销', '寻乌县 澄江镇 果农 柑橘滞销 ， 收购商 减少 。', 0));
    const other = arrival('寻乌县 澄江镇 校车侧翻', '寻乌县 澄江镇 一辆校车 侧翻 ， 学生 受伤 送医 。', 60_000);
    expect(index.find(other)).toBeNull();
  });

  it('knows a settled event by its name, weeks later and in other words', () => {
    const index = new ClusterIndex();
    const about = (rest: string, at: number): Arrival =>
      arrival(`万谷酒楼坍塌 ${rest}`, `万谷酒楼 坍塌事故 ${rest} 。`, at, { contentHash: rest });
    ['救援结束', '店主被拘', '专家分析原因', '家属领取遗体', '调查组成立', '停业整顿'].forEach((rest, i) =>
      index.add('1', about(rest, i * DAY)),
    );
    const later = arrival('万谷酒楼坍塌 一案开庭', '检察机关 今日 公诉 ， 万谷酒楼 负责人 出庭受审 。', 25 * DAY);
    expect(index.find(later)).toMatchObject({ cluster: '1', kind: 'event' });
    const other = arrival('市民热议 酒楼坍塌保险', '保险公司 推出 新产品 ， 覆盖 餐饮场所 。', 25 * DAY);
    expect(index.find(other)).toBeNull();
  });

  it('proposes a second case that the item would also fit', () => {
    const index = new ClusterIndex();
    index.add('1', blast('3人', 0));
    index.add('2', { ...blast('4人', 1), contentHash: 'x' });
    expect(
      index
        .near(blast('5人', DAY))
        .map((p) => p.cluster)
        .sort(),
    ).toEqual(['1', '2']);
  });

  it('a denial joins the rumour it answers', () => {
    const index = new ClusterIndex();
    index.add('1', arrival('网传 常宁宫大桥 发现人腿', '网民 发视频 称 常宁宫大桥 旁 发现人腿 ， 引发 恐慌 。', 0));
    const denial = arrival(
      '常宁宫大桥 发现人腿 ？ 警方辟谣',
      '警方通报 ： 常宁宫大桥 发现人腿 系谣言 ， 发布者 已被 处罚 。',
      DAY,
      {
        official: true,
      },
    );
    expect(index.find(denial)).toMatchObject({ cluster: '1' });
  });

  it('a comment that names a settled event joins it from elsewhere, in quotation marks or not', () => {
    const index = new ClusterIndex();
    const about = (rest: string, at: number): Arrival =>
      arrival(`万谷酒楼事件 ${rest}`, `万谷酒楼 坍塌事故 ${rest} 。`, at, { contentHash: rest, place: '360734' });
    ['救援结束', '店主被拘', '专家分析原因', '家属领取遗体', '调查组成立'].forEach((rest, i) =>
      index.add('1', about(rest, i)),
    );
    const comment = (title: string): Arrival =>
      arrival(title, '餐饮公司 万谷酒楼 股价 今日 停牌 。', DAY, { place: '310000' });
    expect(index.find(comment('“万谷酒楼”事件 波及 连锁餐饮'))).toMatchObject({ cluster: '1' });
    expect(index.find(comment('老酒楼 波及 连锁餐饮'))).toBeNull();
  });

  it('an office answers one person under the title of the message, in words of its own', () => {
    const index = new ClusterIndex();
    index.add(
      '1',
      arrival('请求 修复 柳湾小区 东门 路灯', '东门 路灯 坏了 半年 ， 老人 夜里 摔倒 。', 0, { personal: true }),
    );
    index.add('2', arrival('请求 修复 石桥村 水渠', '水渠 塌了 ， 秧田 缺水 。', 0, { personal: true }));
    const answer = arrival('请求 修复 柳湾小区 东门 路灯', '网友您好 ， 已责成 城管局 更换 线缆 ， 感谢 监督 。', DAY, {
      official: true,
    });
    expect(index.find(answer)).toMatchObject({ cluster: '1', kind: 'event' });
    expect(index.find({ ...answer, official: false, personal: true })).toBeNull();
  });

  it('an edited version names the item it is a version of', () => {
    const index = new ClusterIndex();
    const full =
      '南岭镇 老街 一家 五金商铺 昨夜 起火 ， 消防 人员 到场 后 将 明火 扑灭 ， 现场 无人 伤亡 ， 起火 原因 正在 调查 ， 周边 住户 已经 返回 家中 。';
    index.add('1', arrival('南岭镇 老街 商铺 起火', full, 0, { itemId: '11' }));
    const edited = arrival('南岭镇 老街 商铺 起火 详情', full.replace('昨夜', '深夜'), DAY, { contentHash: 'edited' });
    expect(index.find(edited)).toMatchObject({ cluster: '1', kind: 'near', copyOf: '11' });
  });

  it('forgets a case whose items were moved', () => {
    const index = new ClusterIndex();
    index.add('1', blast('3人', 0));
    index.forget('1');
    expect(index.find(blast('3人', 1))).toBeNull();
    expect(index.size).toBe(0);
  });

  it('does not chain the messages of different people', () => {
    const index = new ClusterIndex();
    const ask = (place: string, at: number): Arrival =>
      arrival(
        `请求 解决 ${place} 停水 问题`,
        `${place} 停水 三天 ， 自来水公司 一直 推诿 ， 请求 领导 协调 解决 ， 谢谢`,
        at,
        { personal: true },
      );
    index.add('1', ask('柳湾小区', 0));
    expect(index.find(ask('石桥村委', 1000))).toBeNull();
    expect(index.find({ ...ask('柳湾小区', 2000), contentHash: 'other' })).toMatchObject({ kind: 'near' });
  });

  it('stays within its bound, the longest silent case going first', () => {
    const index = new ClusterIndex({ ...CLUSTER_RULES, maxClusters: 2 });
    index.add('1', blast('3人', 0));
    index.add('2', fire(1));
    index.add('1', blast('7人', 2));
    index.add('3', arrival('石桥村 道路 塌陷', '石桥村 通组公路 塌陷 两米', 3));
    expect(index.size).toBe(2);
    expect(index.find(fire(4))).toBeNull();
    expect(index.find(blast('12人', 5))).not.toBeNull();
  });
});

describe('simhash', () => {
  it('differs in few bits for nearly the same text and in many for another', () => {
    const grams = (s: string): [string, number][] => [...s].slice(1).map((c, i) => [(s[i] ?? '') + c, 1]);
    const a = '云溪县工业园恒泰化工厂爆炸事故已造成三人死亡九人受伤伤者送往县人民医院救治搜救仍在进行';
    expect(hamming(simhash(grams(a)), simhash(grams(a.replace('三人', '四人'))))).toBeLessThanOrEqual(10);
    expect(
      hamming(
        simhash(grams(a)),
        simhash(grams('南岭镇垃圾中转站臭味太大影响整个村子希望县里派人看看尽快解决这个老问题')),
      ),
    ).toBeGreaterThan(18);
  });
});
