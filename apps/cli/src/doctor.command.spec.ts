import { rosterFinding, sourcesFinding } from './doctor.command';

describe('huiying doctor', () => {
  it('no roster is a note, a kept one with nobody on shift a fault', () => {
    expect(rosterFinding(0, 0)).toMatchObject({ ok: true, todo: expect.stringContaining('no roster is kept') });
    expect(rosterFinding(0, 4)).toMatchObject({ ok: false });
    expect(rosterFinding(2, 4)).toEqual({ check: 'roster', ok: true, found: '2 on shift now', todo: null });
  });

  const state = (name: string, fails: number, everOk: boolean, faultKind: string | null = null) => ({ name, fails, everOk, faultKind });

  it('says how many sources never succeeded, from their first failure on', () => {
    expect(sourcesFinding([state('a', 1, false, 'dns'), state('b', 0, true), state('c', 4, true, 'http'), state('d', 0, false)])).toEqual({
      check: 'sources',
      ok: false,
      found: '1 of 4 never succeeded: a (dns); 1 of 4 failing now: c (http); 1 not read yet',
      todo: 'huiying check-source NAME for each',
    });
  });

  it('a source that is new, or failed twice after it worked, is no fault', () => {
    expect(sourcesFinding([state('a', 2, true, 'dns')])).toMatchObject({ ok: true, found: 'none faulty' });
    expect(sourcesFinding([state('a', 0, false)])).toMatchObject({ ok: true, found: '1 not read yet', todo: null });
    expect(sourcesFinding([])).toMatchObject({ ok: true, found: 'none faulty' });
  });
});
