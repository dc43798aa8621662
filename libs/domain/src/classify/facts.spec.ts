import { ANCHOR, extractFacts, splitSentences, type Facts } from './facts';
import { completeFacts } from './single-loss';

const ALL = Object.values(ANCHOR).reduce((a, b) => a | b, 0);

function read(title: string, text = '', year: number | null = null, denial = false): Facts {
  const chars = `${title}\n${text}`;
  const sentences = splitSentences(chars);
  for (const s of sentences) s.anchors = ALL;
  return completeFacts(extractFacts(chars, sentences, year), { chars, titleEnd: title.length, sentences, denial });
}

const dead = (title: string, text = '', year: number | null = null): number | null => read(title, text, year).dead?.value ?? null;

describe('deaths', () => {
  it.each([
    ['某地车祸致3死8伤', '', 3],
    ['某厂爆炸', '事故造成十二名工人死亡，另有5人受伤。', 12],
    ['某桥坍塌死亡人数升至15人', '此前通报已有9人死亡。', 15],
    ['某地山洪', '已发现遇难者遗体8具，另有3人失联。', 11],
    ['某山体滑坡30余人失联', '', 30],
    ['某地火灾', '事故未造成人员伤亡。', 0],
    ['某地大火', '所幸没有造成人员伤亡，原因正在调查。', 0],
    ['某县死亡人数更正', '经重新核查，死亡人数由17人修正为14人。', 14],
    ['一家六口在火灾中遇难', '', 6],
    ['母女溺水身亡', '', 2],
    ['某地事故', '2人当场死亡，2人经医院抢救无效死亡。', 4],
    ['女子从高处坠亡', '', 1],
    ['一家人的车落水致2人溺亡', '另有1名村干部因救人失联。', 3],
    ['某矿瓦斯燃烧', '目前3人失联，有5人经抢救无效死亡。', 8],
    ['面包车坠河4人遇难', '其余3人正在搜救中。', 7],
    ['罐车起火', '事故造成车内2人和村民3人死亡。', 5],
    ['一教练机坠毁', '据通报，飞行员确认死亡。', 1],
    ['一环卫工被撞身亡', '当地近三年已有6名环卫工人死于交通事故。', 1],
    ['学生落入水池', '5人被救出后，医护人员确认均已溺亡。', 5],
    ['某山庄发生黑熊咬死人事件', '', 1],
    ['父亲和5岁女儿河边失联', '', 2],
    ['某市报告登革热病例', '未报告重症和死亡病例。', 0],
    ['男子砍死4邻居后自首', '', 4],
    ['一司机醉驾撞死两女工', '', 2],
    ['恶犬咬伤老人 三名重伤者经抢救无效死亡', '', 3],
    ['少女遭继父踢死', '', 1],
    ['七旬老汉死在出租屋', '', 1],
    ['副镇长落水失联', '', 1],
    ['某矿事故搜救', '已有3人遇难，仍有5人未取得联系。', 8],
    ['走失女童遗体在水库被发现', '', 1],
    ['坠桥身亡女孩家属发声', '', 1],
    ['男子在教室内遇刺身亡4人被抓', '', 1],
    ['火灾已确认9名遇难者身份', '', 9],
    ['甲县一客车侧翻 机上乘客12人全部生还', '', 0],
  ])('%s / %s: %d', (title, text, wanted) => expect(dead(title, text)).toBe(wanted));

  it('a total of dead and injured gives no death', () => expect(dead('某地车祸死伤50人')).toBeNull());
  it.each(['女司机撞死一头野猪', '5万死忠看台沸腾', '又一个作死的改装车主', '两人盗掘墓葬敲诈死者亲属', '小区多只狗误食药饵中毒死亡', '上万余人伤亡的传说', '被困13人获救，尚未接到造成人员伤亡报告'])('%s: no death', (title) =>
    expect(dead(title, '', null)).toBeNull(),
  );
  it('the toll of somebody punished for inventing it is none', () => expect(read('男子造谣洪水致21死被处罚', '', null, true).dead).toBeNull());
  it('the doers are not the dead', () => expect(dead('三名少年用刀刺死店主被拘')).toBe(1));
  it('who lost consciousness and died is not injured', () => expect(read('老人昏迷后猝死', '老人在候车时昏迷，随后猝死。').injured).toBeNull());
  it.each([
    ['十几人', 11], ['数十人', 20], ['上百人', 100], ['两百余人', 200], ['1.2万人', 12000],
  ])('%s injured: %d', (words, wanted) => expect(read('某地事故', `事故造成${words}受伤。`).injured?.value).toBe(wanted));
  it.each([
    ['直接经济损失1.2亿元', 120_000_000], ['直接损失约350万元', 3_500_000], ['财产损失三千余万元', 30_000_000],
  ])('%s: %d yuan', (words, wanted) => expect(read('某地火灾', `火灾造成${words}。`).loss?.value).toBe(wanted));
  it('trapped people are not missing', () => expect(read('某隧道塌方', '12人被困，救援正在进行。')).toMatchObject({ dead: null, trapped: { value: 12 } }));
  it('a class of pupils is no count', () => expect(dead('一高三学生跳河溺亡')).toBe(1));
  it('a span of time is no count', () => expect(dead('男子被狗咬伤4个月后死亡')).toBe(1));
  it('a compensation is no death toll', () => expect(dead('公司拖着80万死亡赔偿金不给')).toBeNull());
  it('a forecast is no fact', () => expect(dead('专家称强震或致30万人死亡')).toBeNull());
  it('the animal that died is not the person counted before it', () => expect(dead('景区索赔', '一游客骑马时马匹倒地猝死。')).toBeNull());
  it('no news of casualties is not no casualties', () => expect(dead('某海域地震', '目前尚无人员伤亡和财产损失报告。')).toBeNull());
  it('a denial may tell a death that is real', () => expect(read('某县辟谣男子因彩礼跳河', '近日，一男子跳河身亡，网传因彩礼轻生。经核实与彩礼无关。', null, true).dead?.value).toBe(1));
  it('animals are not counted', () => expect(dead('动物园20只东北虎死亡')).toBeNull());
  it('missing people who were found are not counted', () => expect(dead('3名徒步者失联', '目前三人均获救，身体无碍。')).toBeNull());
  it('the found among the missing are not added', () => expect(dead('冷库火灾9人遇难', '失联9人全部找到，均无生命体征。')).toBe(9));
  it('the figures of a rumour are not facts', () => expect(read('隧道车祸致3死？谣言', '经核实，并未发生人员伤亡。', null, true).dead?.value).toBe(0));
  it('an earlier disaster told in passing is passed over', () => expect(dead('某县地震致2人死亡', '2008年的一次地震曾造成6万人死亡。', 2025)).toBe(2));
});

describe('injured and other figures', () => {
  it('with both, 重伤 and 轻伤 are added', () => expect(read('车祸致1死', '造成2人重伤、3人轻伤。').injured?.value).toBe(5));
  it('其中 does not add', () => expect(read('某地追尾', '另有38人受伤，其中4人重伤。').injured?.value).toBe(38));
  it('poisoned people count as injured', () => expect(read('聚餐后食物中毒', '共有74人出现中毒症状。').injured?.value).toBe(74));
  it('who died of poisoning is dead, not injured', () => expect(read('某村中毒', '3人中毒身亡。').injured).toBeNull());
  it('poisoned beside dead', () => expect(read('氯气泄漏', '造成2人死亡，40名村民中毒住院治疗。').injured?.value).toBe(40));
  it('reads losses in yuan', () => expect(read('火灾', '直接经济损失约2190万元。').loss?.value).toBe(21_900_000));
  it('reads the magnitude of the quake, not of its aftershocks', () => expect(read('某地发生6.1级地震', '随后发生4.2级余震。').magnitude?.value).toBe(6.1));
  it('reads people moved', () => expect(read('洪水', '已转移群众2.6万人。').evacuated?.value).toBe(26000));
  it('gives positions of the words', () => {
    const f = read('某地车祸致3死8伤').dead!;
    expect('某地车祸致3死8伤\n'.slice(f.start, f.end)).toContain('3死');
  });
});

it('stays linear on a text without any stop', () => {
  const text = '人'.repeat(200_000);
  expect(splitSentences(text).every((s) => s.end - s.start <= 600)).toBe(true);
});
