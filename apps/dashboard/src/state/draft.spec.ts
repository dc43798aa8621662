import { reactive } from 'vue';
import { useDraftOf } from './draft';

const kept = new Map<string, string>();
beforeAll(() => {
  Object.assign(globalThis, {
    localStorage: {
      getItem: (k: string) => kept.get(k) ?? null,
      setItem: (k: string, v: string) => void kept.set(k, v),
      removeItem: (k: string) => void kept.delete(k),
    },
  });
});
afterAll(() => Reflect.deleteProperty(globalThis, 'localStorage'));
beforeEach(() => kept.clear());

const begun = () => ({ title: '督办单', reason: '', people: [] as string[] });
function page() {
  const form = reactive(begun());
  return { form, draft: useDraftOf(form, ['title', 'reason', 'people']) };
}

describe('a form that stands for one thing after another', () => {
  it('finds what was written about each again after a reload, and mixes nothing', () => {
    const before = page();
    before.draft.open('a', begun());
    before.form.reason = '拖延三天';
    before.form.people = ['1', '2'];
    expect(before.draft.open('b', begun())).toBe(false);
    expect(before.form).toEqual(begun());
    before.form.title = '通报';

    const after = page();
    expect(after.draft.open('a', begun())).toBe(true);
    expect(after.form).toEqual({ title: '督办单', reason: '拖延三天', people: ['1', '2'] });
    after.draft.open('b', begun());
    expect(after.form).toEqual({ title: '通报', reason: '', people: [] });
  });

  it('keeps only what was written: what the server changed since is shown', () => {
    const { form, draft } = page();
    draft.open('a', begun());
    form.reason = '拖延三天';
    draft.open('a', { ...begun(), title: '督办单（已逾期五天）' });
    expect(form).toMatchObject({ title: '督办单（已逾期五天）', reason: '拖延三天' });
  });

  it('leaves nothing behind when it is taken, thrown away, or set back as it was', () => {
    const { form, draft } = page();
    draft.open('a', begun());
    form.reason = '拖';
    draft.clear();
    expect(kept.size).toBe(0);
    draft.open('a', begun());
    expect(form.reason).toBe('');
    form.reason = '拖';
    form.reason = '';
    expect(kept.size).toBe(0);
  });
});
