import { loadSettings } from '@app/settings';
import { concerns, ItemSurvey } from './item-survey.service';

const settings = loadSettings({ env: {} });
const label = { relevant: true, level: 'ordinary', emergency: false, category: null, grade: null, dead: null, injured: null, topic: '公用事业', rules: [], needsReview: false, score: 1, reasons: [] } as const;
const survey = (focus: 'all' | 'own', title: string, source: string | null) =>
  new ItemSurvey({ ...settings, intake: { ...settings.intake, focus } }).survey({ title, text: '' }, { ...label, rules: [], reasons: [] }, source);

describe('what is found out about an item beside its label', () => {
  it('finds the place and proposes departments with reasons', () => {
    const found = survey('all', '桥头镇停水三天', null);
    expect(found).toMatchObject({ region: settings.deployment.regionCode, mayOpen: true, place: { relation: 'own' } });
    expect(found.proposal[0]).toMatchObject({ role: 'lead', reasons: expect.arrayContaining([expect.objectContaining({ rule: 'duty', text: '停水' })]) });
  });

  it('opens a case for whatever happens, unless the focus is on the own region', () => {
    expect(survey('all', '郑州停水三天', null).mayOpen).toBe(true);
    expect(survey('own', '郑州停水三天', null).mayOpen).toBe(false);
    expect(survey('own', '小区停水三天', null).mayOpen).toBe(true);
    expect(survey('own', '桥头镇停水三天', null).mayOpen).toBe(true);
    expect(survey('own', '郑州也停过水，云溪县停水三天', null).mayOpen).toBe(true);
  });

  it('lets the source decide who sees it, also when the text names another place', () => {
    expect(survey('own', '郑州停水三天', '云溪县')).toMatchObject({ region: '990101', mayOpen: true, place: { relation: 'elsewhere' } });
    expect(survey('all', '小区停水三天', '某产业园')).toMatchObject({ region: '某产业园', place: { relation: 'unknown' } });
  });

  it('takes the whole prefecture for its counties too, the province not', () => {
    const place = (code: string) => ({ code, relation: 'same-city' as const, mentionsOwn: false });
    expect([concerns('360734', place('360700'), null), concerns('360734', place('360000'), null), concerns('360734', place('360731'), null)]).toEqual([true, false, false]);
  });
});
