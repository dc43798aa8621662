import { CaseDesk, CaseIntake } from '@app/response';
import { rows } from '@app/storage';
import { type EngineBench, incoming, LABEL, openEngine } from './engine-bench';

const ACTOR = { username: 'wang', displayName: '王值班' };
let bench: EngineBench;

beforeAll(async () => {
  bench = await openEngine();
}, 60_000);
afterAll(() => bench.close(), 30_000);

it('closing records every interval of the continued release that passed without one, up to the settlement', async () => {
  const { app, db } = bench;
  const desk = app.get(CaseDesk, { strict: false });
  // Monday 09:00 an emergency, a first release at 10:00, and then nothing more.
  const caseId = await db.transaction(async (manager) => {
    const label = { ...LABEL, level: 'major' as const, emergency: true, grade: '重大' as const, topic: '安全事故' as const };
    const item = await incoming(manager, { title: '某厂爆炸', label });
    return (await app.get(CaseIntake, { strict: false }).take(manager, item)).caseId ?? '';
  });
  await bench.pass(180);
  const release = { kind: 'release' as const, title: '通报', url: 'https://www.example.gov.cn/1.html', note: '' };
  const rest = { approvedBy: null, speaker: null, contentHash: null };
  const happenedAt = new Date('2026-11-02T10:00:00+08:00');
  expect(await desk.registerEvidence(ACTOR, caseId, { ...release, ...rest, happenedAt })).toMatchObject({ ok: true });
  await bench.pass(40 * 1440);
  const closed = await desk.close(ACTOR, caseId, '善后完成', new Date('2026-11-05T12:00:00+08:00'));
  expect(closed).toMatchObject({ ok: true });
  const missed = await rows<{ from: string; to: string }>(
    db,
    `select data ->> 'from' as from, data ->> 'to' as to from case_event where case_id = $1 and kind = 'interval-missed' order by id`,
    [caseId],
  );
  const at = (day: number) => `2026-11-0${day}T10:00:00+08:00`;
  expect(missed).toEqual([2, 3, 4].map((day) => ({ from: at(day), to: at(day + 1) })));
});
