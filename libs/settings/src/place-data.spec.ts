import { findPlace, type PlaceRelation } from '@app/domain';
import { loadGazetteer, regionCode } from './place-data';

const xunwu = loadGazetteer({ name: '寻乌县', regionCode: '360734', region: { above: [], names: ['马蹄岗', '长安大道'] } });
const yunxi = loadGazetteer({ name: '云溪县', regionCode: '990101', region: { name: '云溪县', above: [{ code: '990000', name: '东江省' }], names: ['桥头镇', '青禾路'] } });
const at = (title: string, text = '', source: string | null = null, gazetteer = xunwu) => findPlace(gazetteer, { title, text }, source);

describe('the place of a text', () => {
  it.each<[string, string, string, PlaceRelation]>([
    ['一个县的全名', '江西省赣州市寻乌县一工地发生坍塌', '360734', 'own'],
    ['没有“县”字', '赣州寻乌一工地发生坍塌', '360734', 'own'],
    ['自己的县，单写简称', '寻乌街头垃圾无人清理', '360734', 'own'],
    ['自己的乡镇', '澄江镇卫生院夜间没有医生', '360734105', 'within'],
    ['配置里的路名', '长安大道路灯坏了一个月', '360734', 'own'],
    ['同一设区的市', '赣州市于都县发生车祸', '360731', 'same-city'],
    ['同一省', '江西九江一化工厂爆炸', '360400', 'same-province'],
    ['别的省的省会', '郑州地铁积水', '410100', 'elsewhere'],
    ['简称的自治州', '恩施一客车坠崖', '422800', 'elsewhere'],
    ['自治州、自治县的常用名', '大理州巍山县食物中毒', '532927', 'elsewhere'],
    ['直辖市', '北京丰台一医院火灾', '110106', 'elsewhere'],
    ['省直辖县', '海南澄迈县台风受灾', '469023', 'elsewhere'],
    ['县级市简称带省名', '浙江义乌一仓库起火', '330782', 'elsewhere'],
    ['香港', '香港大埔火灾', '810000', 'abroad'],
  ])('%s: %s', (_, title, code, relation) => {
    expect(at(title)).toMatchObject({ code, relation });
  });

  it('knows a 城关镇 by what it stands beside, and lets one alone stay open: there are many', () => {
    expect(at('城关镇道路积水严重')).toMatchObject({ code: null, relation: 'unknown' });
    expect(at('甘肃陇西县城关镇道路积水')).toMatchObject({ relation: 'elsewhere' });
    expect(at('兰州城关区一小区停水')).toMatchObject({ code: '620102' });
    expect(at('拉萨市城关区一小区停水')).toMatchObject({ code: '540102' });
    const withOne = loadGazetteer({ name: '云溪县', regionCode: '990101', region: { name: '云溪县', above: [{ code: '990000', name: '东江省' }], names: ['城关镇'] } });
    expect(at('城关镇道路积水严重', '', null, withOne)).toMatchObject({ code: '990101', relation: 'own' });
  });

  it('tells the two 朝阳区 apart by what stands beside them, and stays open when nothing does', () => {
    expect(at('北京市朝阳区一小区停水')).toMatchObject({ code: '110105' });
    expect(at('长春一小区停水', '业主说，朝阳区城管没有人来。')).toMatchObject({ code: '220104' });
    expect(at('朝阳区一小区停水')).toMatchObject({ code: null, relation: 'unknown' });
    expect(at('朝阳区一小区停水', '', '吉林省/长春市')).toMatchObject({ code: '220104' });
  });

  it('does not take words for counties', () => {
    for (const title of ['开发商南部片区资源整合', '大家安居乐业', '兴业银行取款难', '吉利汽车刹车失灵', '任务完成都没有工资', '以西安全距离不足', '中山路积水', '北京路堵车', '今日本报刊发'])
      expect([title, at(title).code]).toEqual([title, null]);
  });

  it('does not take the dateline of an agency for the place', () => {
    expect(at('一地发生山体滑坡', '新华社北京11月2日电（记者王某）贵州省毕节市纳雍县发生山体滑坡。')).toMatchObject({ code: '520525' });
  });

  it('gives words and positions as reasons', () => {
    const title = '寻乌县澄江镇停电';
    expect(at(title).reasons).toEqual([
      { rule: 'place', text: '寻乌县', start: 0, end: 3, source: '江西省赣州市寻乌县' },
      { rule: 'place', text: '澄江镇', start: 3, end: 6, source: '江西省赣州市寻乌县澄江镇' },
    ]);
  });

  it('knows places abroad, and leaves what nothing tells to the source', () => {
    expect(at('日本北部发生地震')).toMatchObject({ code: null, name: '日本', relation: 'abroad' });
    expect(at('泰国总理发表讲话', '泰国总理6日在北京接受采访，泰国游客安全。')).toMatchObject({ relation: 'abroad' });
    expect(at('小区停水三天', '', '寻乌县')).toMatchObject({ code: '360734', relation: 'own', reasons: [{ rule: 'place-source' }] });
    expect(at('小区停水三天')).toMatchObject({ code: null, relation: 'unknown' });
  });

  it('says that the own region is meant too when the matter is elsewhere', () => {
    expect(at('广州一工厂拖欠工资', '广州市这家工厂的工人多来自寻乌县。')).toMatchObject({ code: '440100', relation: 'elsewhere', mentionsOwn: true });
  });

  it('recognises a region that is in no table by what the deployment says of it', () => {
    expect(at('云溪县恒泰化工厂爆炸', '', null, yunxi)).toMatchObject({ code: '990101', name: '东江省云溪县', relation: 'own' });
    expect(at('桥头镇停水', '', null, yunxi)).toMatchObject({ relation: 'own' });
    expect(at('郑州停水', '', '云溪县', yunxi)).toMatchObject({ relation: 'elsewhere' });
  });

  it('reads regions as people write them', () => {
    expect(xunwu.codeOf('赣州市/寻乌县')).toBe('360734');
    expect(xunwu.codeOf('朝阳区')).toBeNull();
    expect(xunwu.codeOf('不存在县')).toBeNull();
    expect(yunxi.codeOf('云溪县')).toBe('990101');
    const deployment = { name: 'x', regionCode: '990101', region: { name: '云溪县', above: [], names: [] } };
    expect(['360700', '云溪县', '赣州市', '某园区'].map((r) => regionCode(deployment, r))).toEqual(['360700', '990101', '360700', '某园区']);
  });

  it('takes odd texts without fail, in linear time', () => {
    for (const text of ['', '县', '\u0000\ud800', '朝阳区'.repeat(50_000)]) expect(() => at(text, text)).not.toThrow();
  });
});
