import { type Attempts, LOCK_BY_NAME, planAttempt } from './lock-out';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 21) + seconds * 1000);

function after(attempts: number[]): { admitted: boolean[]; last: Attempts } {
  let state: Attempts | null = null;
  const admitted = attempts.map((s) => {
    const plan = planAttempt(state, at(s), LOCK_BY_NAME);
    state = plan.next;
    return plan.admitted;
  });
  return { admitted, last: state! };
}

describe('the lock-out', () => {
  it('admits five attempts in a row and refuses the sixth', () => {
    expect(after([0, 1, 2, 3, 4, 5]).admitted).toEqual([true, true, true, true, true, false]);
  });

  it('is already closed while the fifth is being compared, so that attempts at once cannot slip past', () => {
    expect(after([0, 0, 0, 0, 0]).last.lockedUntil).toEqual(at(60));
  });

  it('doubles with every further wrong password, up to an hour', () => {
    let state = after([0, 0, 0, 0, 0]).last;
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      const now = state.lockedUntil!;
      state = planAttempt(state, now, LOCK_BY_NAME).next;
      waits.push((state.lockedUntil!.getTime() - now.getTime()) / 1000);
    }
    expect(waits).toEqual([120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]);
  });

  it('tells how long to wait, and a refused attempt does not lengthen it', () => {
    const locked = after([0, 0, 0, 0, 0]).last;
    const refused = planAttempt(locked, at(10.5), LOCK_BY_NAME);
    expect(refused).toEqual({ admitted: false, next: locked, waitSeconds: 50 });
  });

  it('forgets after six quiet hours', () => {
    const locked = after([0, 0, 0, 0, 0]).last;
    expect(planAttempt(locked, at(6 * 3600 + 1), LOCK_BY_NAME).next).toEqual({
      fails: 1,
      lastAt: at(6 * 3600 + 1),
      lockedUntil: null,
    });
  });
});
