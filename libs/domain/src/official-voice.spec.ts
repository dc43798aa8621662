import { guessVoice, pickRumour } from './official-voice';

describe('guessVoice', () => {
  it.each([
    ['恒泰化工厂爆炸事故的情况通报', '事故造成3人死亡。', 'release', false],
    ['辟谣：自来水有毒、死亡上百人均为谣言', '县水利局核实：均为谣言。', 'clarification', true],
    ['恒泰化工厂爆炸事故新闻发布会', '县人民政府召开新闻发布会。', 'press-conference', false],
    ['关于柳湾小区停水问题的办理答复', '总管已更换，已于今日恢复供水。', 'settlement', false],
    ['关于公交线路调整建议的答复', '您的建议收悉，我们将认真研究。', 'clarification', false],
    ['请求修复柳湾小区的路灯', '网友您好！您反映的问题已收悉，路灯已于昨日修复。', 'settlement', false],
    ['柳湾小区停车难', '您所反映的情况已转县住建局研究。', 'clarification', false],
    ['关于网传视频的情况说明', '经核实，网传内容不属实。', 'clarification', true],
  ])('%s → %s', (title, text, kind, denies) => {
    expect(guessVoice({ title, text })).toMatchObject({ kind, denies });
  });

  it('says of a conference that is only announced that it is still to be held', () => {
    expect(guessVoice({ title: '新闻发布会公告', text: '县政府定于今日16时召开新闻发布会。' }).reason).toContain('召开后再确认');
  });
});

describe('pickRumour', () => {
  const denial = { title: '辟谣：县城自来水有毒系谣言', text: '针对网传“县城自来水有毒”的说法，县水利局核实为谣言。' };
  const rumour = { title: '听说自来水也有毒了', text: '群里都在传，县城自来水有毒，大家不要喝。' };
  const report = { title: '县城自来水供应正常', text: '记者走访，县城自来水供应正常。' };

  it('finds the hearsay that is denied, not the report beside it', () => {
    expect(pickRumour(denial, [report, rumour])).toBe(rumour);
  });

  it('finds nothing where nothing alike was said', () => {
    expect(pickRumour(denial, [{ title: '路灯不亮', text: '青禾路路灯坏了。' }])).toBeNull();
  });
});
