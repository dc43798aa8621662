import { calendarOf, loadSettings } from '@app/settings';
import { DeadlineDesk } from './deadline.command';

const settings = loadSettings({ env: {} });
const desk = new DeadlineDesk(settings, calendarOf(settings));

describe('huiying deadline', () => {
  it.each([
    ['2026-02-13', 3, '2026-02-26', '2026-02-25', '2026-02-17'],
    ['2026-04-30', 3, '2026-05-09', '2026-05-07', '2026-05-04'],
    ['2026-05-08', 3, '2026-05-13', '2026-05-12', '2026-05-12'],
    ['2026-09-18', 3, '2026-09-23', '2026-09-22', '2026-09-22'],
    ['2026-09-30', 3, '2026-10-11', '2026-10-09', '2026-10-04'],
    ['2026-09-30', 5, '2026-10-14', '2026-10-09', '2026-10-06'],
  ])('from %s, %i days: before 0:00 of %s, %s, %s', (from, amount, work, rolled, plain) => {
    const due = (unit: string, roll?: boolean) =>
      desk.answer({ id: 1, unit, amount, roll, from: `${from}T10:00:00+08:00` });
    expect(due('working_days')).toMatchObject({ id: 1, dueAt: `${work}T00:00:00+08:00`, provisional: false });
    expect(due('natural_days', true)).toMatchObject({ dueAt: `${rolled}T00:00:00+08:00`, provisional: false });
    expect(due('natural_days', false)).toMatchObject({ dueAt: `${plain}T00:00:00+08:00`, provisional: false });
  });

  it('is provisional where the notice of the next year has a say', () => {
    const due = (unit: string, roll: boolean) =>
      desk.answer({ unit, amount: 3, roll, from: '2026-12-29T10:00:00+08:00' });
    expect(due('working_days', false).provisional).toBe(true);
    expect(due('natural_days', true).provisional).toBe(true);
    expect(due('natural_days', false)).toMatchObject({ dueAt: '2027-01-02T00:00:00+08:00', provisional: false });
  });

  it('answers by pack and rule, with target and basis', () => {
    expect(desk.answer({ id: 'a', pack: 'xunwu-2020', rule: 'release', from: '2026-02-14T22:00:00+08:00' })).toEqual({
      id: 'a',
      dueAt: '2026-02-15T03:00:00+08:00',
      targetAt: '2026-02-15T01:00:00+08:00',
      provisional: false,
      days: [],
      basis:
        '《寻乌县政府办关于规范全县政务公开相关工作的通知》四(二):「对涉及重大、特别重大突发事件的政务舆情,力争在3小时内、最迟不超过5小时发布权威信息」',
    });
    const national = desk.answer({ pack: 'national', rule: 'respond-other', from: '2026-02-14T22:00:00+08:00' });
    expect(national.dueAt).toBe('2026-02-16T22:00:00+08:00');
    expect(national.basis).toContain('国办发〔2016〕61号');
  });

  it('takes the terms of a class where a duty has several', () => {
    const signFor = { pack: 'national', rule: 'sign-for', from: '2026-02-14T22:00:00+08:00' };
    expect(desk.answer(signFor).dueAt).toBe('2026-02-14T22:30:00+08:00');
    expect(desk.answer({ ...signFor, class: 'emergency' }).dueAt).toBe('2026-02-14T22:10:00+08:00');
  });

  const from = '2026-02-13T10:00:00+08:00';
  it.each([
    [{ unit: 'weeks', amount: 3, from }, 'field "unit" = "weeks": allowed is hours, natural_days, working_days'],
    [{ unit: 'hours', amount: '3', from }, 'field "amount" = "3"'],
    [{ unit: 'hours', amount: -3, from }, 'field "amount" = -3'],
    [{ unit: 'working_days', amount: 2.5, from }, 'a whole number of days 1–3660'],
    [{ unit: 'natural_days', amount: 3, roll: 'yes', from }, 'field "roll" = "yes"'],
    [{ unit: 'natural_days', amount: 3, from: '13 February' }, 'field "from" = "13 February"'],
    [{ unit: 'natural_days', amount: 3 }, 'field "from" is missing: allowed is an ISO 8601 instant'],
    [{ pack: 'nowhere', rule: 'release', from }, 'field "pack" = "nowhere": allowed is disclosure-guizhou-2020'],
    [{ pack: 'national', rule: 'settle-ordinary', from }, 'field "rule" = "settle-ordinary"'],
    [{ pack: 'national', from }, 'field "rule" is missing'],
    [
      { unit: 'natural_days', amount: 3, rol: true, from },
      'field "rol" is unknown: allowed are id, unit, amount, roll, from, or id, pack, rule, class, from',
    ],
    [{ pack: 'national', rule: 'release', amount: 3, from }, 'field "amount" is not allowed with "pack" and "rule"'],
    [{ unit: 'hours', amount: 3, class: 'major', from }, 'field "class" is not allowed with "unit" and "amount"'],
    [
      { pack: 'national', rule: 'release', class: 'ordinary', from },
      'field "class" = "ordinary": allowed is emergency',
    ],
  ])('%j is answered with what is wrong and what is allowed', (row, message) => {
    expect(() => desk.answer(row)).toThrow(message);
  });
});
