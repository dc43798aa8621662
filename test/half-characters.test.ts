import { CaseIntake } from '@app/response';
import { rows } from '@app/storage';
import { type EngineBench, incoming, LABEL, openEngine, until } from './engine-bench';

let bench: EngineBench;

beforeAll(async () => {
  bench = await openEngine();
}, 60_000);
afterAll(() => bench.close(), 30_000);

/** Titles are public words: one whose shortening falls within an emoji must not keep a case from being opened or climbing. */
it.each(['', 'x'])('a title of emoji%s opens its case, is told, and its ladder climbs', async (pad) => {
  const { app, db } = bench;
  const title = `某厂爆炸致五人死亡${pad}${'😀'.repeat(140)}`;
  const caseId = await db.transaction(async (manager) => {
    const item = await incoming(manager, { title, text: '😀'.repeat(3000) + pad, label: { ...LABEL, level: 'major', emergency: true, grade: '较大', topic: '安全事故' } });
    return (await app.get(CaseIntake, { strict: false }).take(manager, item)).caseId!;
  });
  await bench.pass(6 * 60);
  const read = () => rows<{ title: string; rung: string | null }>(db, 'select title, rung from alert where case_id = $1', [caseId]);
  await until('a rung', async () => (await read()).some((a) => a.rung !== null));
  const told = await read();
  expect(told.some((a) => a.rung === null)).toBe(true);
  expect(told.map((a) => a.title).filter((t) => t.includes('\ufffd'))).toEqual([]);
  const [kept] = await rows<{ title: string; summary: string }>(db, 'select title, summary from case_file where id = $1', [caseId]);
  expect(`${kept!.title}${kept!.summary}`).not.toContain('\ufffd');
});
