import { CaseDesk, CaseIntake, type EvidenceEntry } from '@app/response';
import { rows } from '@app/storage';
import { type EngineBench, incoming, LABEL, openEngine } from './engine-bench';

const ACTOR = { username: 'wang', displayName: '王值班' };
let bench: EngineBench;

beforeAll(async () => {
  bench = await openEngine();
}, 60_000);
afterAll(() => bench.close(), 30_000);

function release(happenedAt: string): EvidenceEntry {
  const at = new Date(`2026-11-${happenedAt}:00+08:00`);
  const url = 'https://www.example.gov.cn/1.html';
  return {
    kind: 'release',
    title: '通报',
    url,
    note: '',
    happenedAt: at,
    approvedBy: null,
    speaker: null,
    contentHash: null,
  };
}

it('a release made before the case was raised meets the release duty by its own time, and opens the follow-up', async () => {
  const { app, db } = bench;
  const desk = app.get(CaseDesk, { strict: false });
  // 09:00 a major case; releases at 10:00 and 11:00; at 19:00 it is raised: 5 hours from 09:00 are long over.
  const caseId = await db.transaction(async (manager) => {
    const item = await incoming(manager, {
      title: '某厂爆炸',
      label: { ...LABEL, level: 'major', emergency: true, grade: '较大', topic: '安全事故' },
    });
    const taken = await app.get(CaseIntake, { strict: false }).take(manager, item);
    return taken.caseId ?? '';
  });
  await bench.pass(180);
  expect(await desk.registerEvidence(ACTOR, caseId, release('02T10:00'))).toMatchObject({ ok: true });
  expect(await desk.registerEvidence(ACTOR, caseId, release('02T11:00'))).toMatchObject({ ok: true });
  await bench.pass(420);
  expect(await desk.overrideLabel(ACTOR, caseId, { grade: '重大' }, '死亡人数上升')).toMatchObject({
    ok: true,
    caseClass: 'emergency',
  });

  const clocks = await rows<{
    duty: string;
    state: string;
    targetMet: boolean | null;
    anchorAt: Date;
    metAt: Date | null;
  }>(
    db,
    `select duty, state, target_met as "targetMet", anchor_at as "anchorAt", met_at as "metAt" from clock
     where case_id = $1 and duty in ('release', 'follow-up-release', 'press-conference') order by id`,
    [caseId],
  );
  const hour = (h: string) => new Date(`2026-11-02T${h}:00+08:00`);
  expect(clocks).toEqual([
    { duty: 'release', state: 'met', targetMet: true, anchorAt: hour('09:00'), metAt: hour('10:00') },
    { duty: 'press-conference', state: 'open', targetMet: null, anchorAt: hour('09:00'), metAt: null },
    { duty: 'follow-up-release', state: 'met', targetMet: null, anchorAt: hour('10:00'), metAt: hour('11:00') },
    { duty: 'follow-up-release', state: 'open', targetMet: null, anchorAt: hour('11:00'), metAt: null },
  ]);
});
