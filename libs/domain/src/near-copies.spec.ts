import { NearCopies, sharedPart, sketchOf } from './near-copies';

const NONE: ReadonlySet<string> = new Set();
const any = (): boolean => true;
const STORY =
  '云溪县工业园恒泰化工厂一车间昨夜发生爆燃事故已造成三人死亡九人受伤伤者送往县人民医院救治消防救援人员连夜搜救附近居民已经疏散事故原因正在调查';
const OTHER = '南岭镇垃圾中转站的臭味影响整个村子村民多次反映没有人来处理希望县里派人看看尽快解决这个拖了三年的老问题';
const known = (text: string, cluster = '1', days = NONE): NearCopies => {
  const copies = new NearCopies(10);
  copies.add({ cluster, item: '7', sketch: sketchOf(text), days });
  return copies;
};

describe('sketches', () => {
  it('estimate how much of a text stands in another, also when one is long', () => {
    const long = Array.from({ length: 900 }, (_, i) => String.fromCharCode(0x4e00 + ((i * 7919) % 9000))).join('');
    expect(sharedPart(sketchOf(STORY), sketchOf(STORY))).toMatchObject({ share: 1, size: 1 });
    expect(sharedPart(sketchOf(STORY), sketchOf(OTHER)).share).toBe(0);
    const half = sharedPart(sketchOf(long), sketchOf(long.slice(450)));
    expect(half.share).toBeGreaterThan(0.95);
    expect(Math.abs(half.size - 0.5)).toBeLessThan(0.15);
  });
});

describe('copies', () => {
  it('a text with another lead and another figure is a version of it, and names its item', () => {
    const edited = `本网讯${STORY.slice(8).replace('三人', '四人')}来源云溪发布`;
    expect(known(STORY).find(sketchOf(edited), NONE, any)).toMatchObject({ cluster: '1', item: '7' });
  });

  it('a sentence quoted in a long report is no version of it', () => {
    expect(known(STORY + OTHER + OTHER.replace(/村/g, '镇')).find(sketchOf(STORY.slice(0, 30)), NONE, any)).toBeNull();
  });

  it('the bulletins of two days are two texts', () => {
    const [first, second] = [new Set(['2月10日']), new Set(['2月11日'])];
    expect(known(STORY, '1', first).find(sketchOf(`${STORY}据悉`), second, any)).toBeNull();
    expect(known(STORY, '1', first).find(sketchOf(`${STORY}据悉`), first, any)).not.toBeNull();
  });

  it('only a case that is allowed is found', () => {
    expect(known(STORY).find(sketchOf(STORY), NONE, (c) => c !== '1')).toBeNull();
  });

  it('forgets a case, and the oldest text when there are too many', () => {
    const copies = known(STORY);
    copies.forget('1');
    expect(copies.find(sketchOf(STORY), NONE, any)).toBeNull();
    const few = new NearCopies(1);
    few.add({ cluster: '1', item: null, sketch: sketchOf(STORY), days: NONE });
    few.add({ cluster: '2', item: null, sketch: sketchOf(OTHER), days: NONE });
    expect(few.find(sketchOf(STORY), NONE, any)).toBeNull();
    expect(few.find(sketchOf(OTHER), NONE, any)).toMatchObject({ cluster: '2' });
  });
});
