import { join } from 'node:path';
import type { Label } from '@app/domain';
import { createClassifier, type Classifier } from './classifier';

let classifier: Classifier;
beforeAll(() => (classifier = createClassifier(join(__dirname, '../../../config'))));

const label = (title: string, text = '', publishedAt: string | null = null): Label => classifier.classify({ title, text, publishedAt });

describe('emergencies and their grades', () => {
  it.each([
    ['甲县一化工厂爆炸 已致12人死亡', '12日上午，甲县一家化工厂发生爆炸，目前已造成12人死亡、20人受伤，救援仍在进行。', '重大', 12],
    ['乙市大桥垮塌致5人遇难', '截至目前，事故已造成5人遇难，搜救仍在进行。', '较大', 5],
    ['丙县暴雨引发山洪 已致31人遇难', '截至今晚8时，山洪灾害已造成31人遇难，搜救工作正在进行。', '特别重大', 31],
  ])('%s', (title, text, grade, dead) => expect(label(title, text)).toMatchObject({ relevant: true, level: 'major', emergency: true, grade, dead, rules: expect.arrayContaining(['M1']) }));

  it('two dead in traffic are ordinary', () => expect(label('丁县两车相撞致2死3伤', '昨日，丁县国道发生一起交通事故，两辆货车相撞，造成2人死亡、3人受伤。')).toMatchObject({ level: 'ordinary', grade: '一般', dead: 2 }));
  it('one dead in a mine is major: the kind alarms whatever its count', () => expect(label('某县煤矿发生冒顶事故致1死', '昨日，该煤矿井下发生冒顶事故，造成1名矿工死亡。')).toMatchObject({ level: 'major', grade: '一般' }));
});

describe('traps', () => {
  it.each([
    ['美国得州洪灾死亡上升至49人', '洪水5日继续肆虐得州中部地区，已造成至少49人死亡。'],
    ['台湾台中一百货商场爆炸致4死', '事故已造成4人死亡、26人受伤。'],
    ['勇士主场大胜 库里砍下40分', '比赛第四节爆炸性表现，勇士队击败对手晋级季后赛。'],
    ['股市大地震 三大指数跳水', '沪指收跌，创业板跌幅居前，券商板块领跌。'],
  ])('%s is none', (title, text) => expect(label(title, text).level).toBe('none'));

  it('a rumour about deaths is M6, its figures are no facts', () => {
    const got = label('某市隧道车祸致3死8伤？谣言', '近日，有网民发布视频称某市隧道发生车祸致3死8伤。经交警核实，并未发生人员伤亡，视频内容为不实信息。');
    expect(got).toMatchObject({ level: 'major', dead: 0, emergency: false });
    expect(got.rules).toContain('M6');
  });
  it('an official under investigation is M4', () => expect(label('某县原副县长接受审查调查', '某县原副县长王某涉嫌严重违纪违法，目前正接受县纪委监委纪律审查和监察调查。').rules).toContain('M4'));
  it('a complaint of one household is ordinary', () => expect(label('请求解决楼下烧烤店油烟扰民', '尊敬的领导您好，我家楼下烧烤店每天营业到凌晨，油烟和噪音严重扰民，请有关部门处理。')).toMatchObject({ relevant: true, level: 'ordinary' }));
});

describe('what is told afterwards or elsewhere', () => {
  it.each([
    ['某市致14死客车坠崖系司机责任事故', '记者从交警部门获悉，今年10月1日发生的客车坠崖事故已查明原因，造成14人死亡。'],
    ['32人因某煤矿重大事故被处理', '2023年11月，该煤矿发生重大瓦斯爆炸事故，造成12人死亡。32人被追责问责。'],
  ])('%s: graded, without the emergency clock', (title, text) => expect(label(title, text, '2024-11-27')).toMatchObject({ relevant: true, emergency: false, grade: '重大', level: 'major' }));
  it('deaths of an epidemic are graded by its own table', () => expect(label('某省百日咳今年已致12人死亡', '据疾控部门通报，今年全省报告百日咳病例三万例，已致12人死亡。').grade).not.toBe('重大'));
  it('two killed by violence are 社会安全, 一般', () => expect(label('某县持刀伤人案致2死', '昨晚某县发生一起持刀伤人案件，造成2人死亡，嫌疑人已被抓获。')).toMatchObject({ relevant: true, category: '社会安全', grade: '一般' }));
  it.each([
    ['马来西亚一煤矿爆炸致12死', '当地时间12日，马来西亚一煤矿发生爆炸，造成12人死亡。'],
    ['香港一大厦火灾致9死', '香港特区政府消防处表示，火灾造成9人死亡。'],
  ])('%s is none', (title, text) => expect(label(title, text).level).toBe('none'));
});

describe('edges of the rules without a table', () => {
  it.each<[string, string, string]>([
    ['M2', '数百名出租车司机堵路罢运', '今日上午，数百名出租车司机在市政府门前聚集罢运，堵塞道路，要求降低份子钱。'],
    ['M3', '某中学82名学生食物中毒', '昨日午餐后，某中学82名学生出现呕吐腹泻，疑似食物中毒，已送医治疗。'],
    ['M5', '幼儿园老师针扎幼童', '家长反映，某幼儿园多名幼童被老师用针扎，身上有针孔，警方已介入调查。'],
    ['M7', '央视曝光某县化工企业偷排污水', '央视记者暗访发现，某县化工企业长期偷排污水，当地监管部门失职。'],
    ['M8', '楼盘烂尾五年 600户业主无家可归', '我们小区600户业主购买的商品房停工烂尾五年，至今无法交房，请政府解决。'],
  ])('%s: %s', (rule, title, text) => {
    const got = label(title, text);
    expect(got.level).toBe('major');
    expect(got.rules).toContain(rule);
  });
  it.each([
    ['小区停车费涨价', '我们小区物业擅自提高停车费，希望物价部门管一管。'],
    ['希望开通一条公交线路', '我们片区居民出行不便，希望公交公司增设一条线路，请领导考虑。'],
    ['网传某地发现金子？官方：系摆拍', '近日网传视频称某县河滩挖出金子，经核实系摆拍，为不实信息。'],
  ])('%s is not major', (title, text) => expect(label(title, text).level).not.toBe('major'));
});

describe('every label has its reasons, with positions in the original', () => {
  it('also through markup, full-width digits and traditional characters', () => {
    const title = '<b>甲縣</b>車禍致３死';
    const text = '１２日，甲縣發生車禍，&nbsp;造成３人死亡。';
    const got = label(title, text);
    const whole = `${title}\n${text}`;
    expect(got.dead).toBe(3);
    expect(got.reasons.length).toBeGreaterThan(0);
    for (const r of got.reasons) expect(whole.slice(r.start, r.end)).toBe(r.text);
  });
  it('relevant without reasons does not exist', () => {
    for (const title of ['路灯坏了', '停水三天了', '小区电梯困人', '请问医保怎么报销']) {
      const got = label(title);
      if (got.relevant) expect(got.reasons.length).toBeGreaterThan(0);
    }
  });
});

describe('bad input', () => {
  it.each(['', '一', 'a', '😀', '\u0000\u0001', '?!…', '\ud83d', 'Lorem ipsum dolor sit amet', '<script>alert(1)</script>', '某 地 发 生 车 祸 致 三 人 死 亡'])('%j gives a label', (text) => {
    const got = label(text, text);
    expect(['none', 'ordinary', 'major']).toContain(got.level);
    expect(got.score).toBeGreaterThanOrEqual(0);
    expect(got.score).toBeLessThanOrEqual(1);
  });
  it('a text of a megabyte takes linear time', () => {
    const part = '某县发生车祸致3人死亡，另有5人受伤，事故原因正在调查。';
    const time = (n: number): number => {
      const text = part.repeat(n);
      const from = performance.now();
      label('车祸', text);
      return performance.now() - from;
    };
    time(500);
    const small = time(4000);
    expect(time(16000)).toBeLessThan(Math.max(small, 20) * 12);
  });
  it('is deterministic', () => expect(label('甲县火灾致2死', '目前已造成2人死亡。')).toEqual(label('甲县火灾致2死', '目前已造成2人死亡。')));
});
