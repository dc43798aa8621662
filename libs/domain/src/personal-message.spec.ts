import { isPersonalMessage } from './personal-message';

describe('isPersonalMessage', () => {
  it.each(['请求领导落实硬化路面问题', '咨询医保报销比例', '关于小区停车费的投诉'])('%s', (title) =>
    expect(isPersonalMessage(title, '')).toBe(true),
  );
  it.each(['云溪县化工厂爆炸致3人死亡', '西安辟谣大桥旁发现人腿'])('not %s', (title) =>
    expect(isPersonalMessage(title, '据记者了解，救援仍在进行。')).toBe(false),
  );

  it.each([
    ['区教委成立工作组驻园调查', '针对网传有家长反映幼儿园的情况，市政府要求区、园积极配合公安机关调查。'],
    ['家属回应：希望得到公平', '（原标题：家属回应）7月23日，动物园发生伤人事件，家属表示希望得到公平。'],
  ])('a report that quotes what people ask for is none: %s', (title, text) => {
    expect(isPersonalMessage(title, text)).toBe(false);
  });

  it.each([
    ['路灯不亮', '尊敬的书记：您好！我是柳湾小区的住户，路灯坏了半年。'],
    ['', '我们小区停水三天了，没有人管，望解决。'],
    ['对招标文件的质疑', '采购文件里的参数只有一家能做到。'],
  ])('a letter: %s %s', (title, text) => expect(isPersonalMessage(title, text)).toBe(true));
});
