import { maskText, maskWithSpans } from './masking';

const kinds = (text: string): string[] => maskWithSpans(text).spans.map((s) => s.kind);

describe('masking', () => {
  it.each([
    ['联系我13812345678', 'phone'],
    ['座机0797-1234567', 'phone'],
    ['身份证号11010119900307777X', 'id-card'],
    ['卡号4539578763621486', 'bank-card'],
    ['邮箱li.si@example.com', 'e-mail'],
    ['肇事车粤B12345', 'plate'],
    ['新能源车沪AD12345', 'plate'],
    ['我叫张小明，住在桥头镇', 'name'],
    ['投诉人：王芳，反映停水', 'name'],
    ['座机07973456789', 'phone'],
    ['固话（0797）3456789', 'phone'],
    ['手机１３８１２３４５６７８', 'phone'],
    ['电话138 1234 5678', 'phone'],
    ['身份证号110101900307777', 'id-card'],
    ['车牌赣B12345D', 'plate'],
    ['警车WJ赣12345', 'plate'],
    ['挂车鄂AP185挂', 'plate'],
    ['卡号6222 0212 3456 7890 128', 'bank-card'],
    ['我是张小明，住在桥头镇', 'name'],
    ['本人王芳，女，1980年生', 'name'],
    ['我父亲叫王建国，今年70岁', 'name'],
    ['联系人刘强 请回复', 'name'],
    ['我是三组村民周明德，反映修路', 'name'],
    ['恳请解决。\n此致敬礼\n李建国\n2026年3月1日', 'name'],
  ])('%s hides a %s', (text, kind) => expect(kinds(text)).toEqual([kind]));

  it.each([
    '事故造成3人死亡、12345人受灾，损失1380000000元',
    '2026年3月5日14时20分发布',
    '湘政发〔2019〕1234567890123456号',
    '热线12345，火警119',
    '我叫了一辆车，等了很久',
    '请向上级反映，谢谢',
    '共有上访村民：100多人',
    '我是高中学生，家住城南',
    '我是司机，每天走这条路',
    '我是苏州人，本人高度近视',
    '我是王家坪村的，本人马上要交房',
    '投诉人解释说情况属实',
    '联系人：市住建局，客服400-123-4567',
    '合同编号6222021234567890123，订单号138123456789012',
    '村民王某某说',
  ])('%s stays as it is', (text) => expect(maskText(text)).toBe(text));

  it('keeps the length, so that reasons still point at their words', () => {
    const text = '我叫欧阳明，电话13812345678';
    expect(maskText(text)).toHaveLength(text.length);
    expect(maskText('我叫张小明')).toBe('我叫张**');
  });

  it('hides nothing twice', () => {
    const { spans } = maskWithSpans('身份证号：110101199003077777，电话13812345678');
    expect(spans.map((s) => s.kind)).toEqual(['id-card', 'phone']);
  });
});
