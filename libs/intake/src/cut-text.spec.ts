import { resolve } from 'node:path';
import { prepareText, statisticPart } from '@app/domain';
import { CutText } from './cut-text';
import { textFold } from './text-fold';
import { cutWords, loadTokeniser } from './tokeniser';

const LONG =
  '云溪县桥头镇恒泰化工厂今天发生爆炸，已造成3人死亡、12人受伤。消防、急救车辆已赶到\n事故原因正在调查 记者从县应急管理局获悉，';
const TEXTS: [string, string][] = [
  ['云溪县一化工厂爆炸', LONG],
  ['云溪县一化工厂爆炸', LONG.repeat(9)],
  ['', '幸福里小区停水三天无人处理'],
  ['T恤退货难，商家Taobao不理', '買了一件T恤，尺碼不對。 客服說：不退！'],
  ['没有分隔的长句', '我们四十个人在宏远工地做木工从去年底到现在四个月工资没有发包工头说公司没有结算'.repeat(12)],
];

describe('CutText', () => {
  beforeAll(() => loadTokeniser(resolve('config')));

  it.each(TEXTS)('cuts the parts of 「%s」 into the words that each would give by itself', (title, text) => {
    const { chars } = prepareText(title, text, textFold());
    const cut = new CutText(title, text);
    expect(cut.statisticWords()).toEqual(cutWords(statisticPart(cut.prepared)));
    for (const length of [title.length + 1, 50, 319, 320, 400, chars.length, 30])
      expect(cut.wordsTo(length)).toEqual(cutWords(chars.slice(0, length)));
  });
});
