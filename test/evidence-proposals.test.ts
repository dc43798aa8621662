import type { WireCase, WireEvidenceProposal } from '@app/domain';
import { CaseIntake, type Incoming } from '@app/response';
import { rows } from '@app/storage';
import { incoming } from './engine-bench';
import { type Browser, type GatewayBench, openCase, openGateway, person } from './gateway-bench';

let bench: GatewayBench;
let officer: Browser;
let auditor: Browser;

beforeAll(async () => {
  bench = await openGateway();
  officer = await person(bench, { username: 'officer' });
  auditor = await person(bench, { username: 'auditor', role: 'auditor' });
}, 60_000);
afterAll(() => bench.close());

async function join(caseId: string, given: Partial<Incoming> & { title: string }): Promise<string> {
  return bench.db.transaction(async (manager) => {
    const item = await incoming(manager, { ...given, joinCaseId: caseId });
    await bench.app.get(CaseIntake, { strict: false }).take(manager, item);
    await rows(manager, 'update item set case_id = $2, official = $3 where id = $1', [item.itemId, caseId, item.official]);
    return item.itemId;
  });
}

const proposed = async (caseId: string): Promise<WireEvidenceProposal[]> =>
  (await officer.get<{ proposals: WireEvidenceProposal[] }>(`/cases/${caseId}/evidence-proposals`)).body.proposals;

describe("the government's own voice", () => {
  it('is proposed to its case; one click registers it by its own time and meets the duty, once', async () => {
    const caseId = await openCase(bench, { title: '桥面塌陷，多车被困' });
    await join(caseId, { title: '关于桥面塌陷的情况通报', text: '桥面塌陷后已组织救援。', official: true, publishedAt: null });
    const [p] = await proposed(caseId);
    expect(p).toMatchObject({ kind: 'release', title: '关于桥面塌陷的情况通报', deniesTitle: null });
    const path = `/cases/${caseId}/evidence-proposals/${p!.id}`;
    expect((await auditor.post(`${path}/confirm`, {})).status).toBe(403);
    expect((await officer.post(`${path}/confirm`, { kind: 'nonsense' })).status).toBe(422);

    const done = await officer.post<{ evidenceId: string }>(`${path}/confirm`, {});
    expect(done.body).toMatchObject({ evidenceId: expect.any(String) });
    const c = (await officer.get<WireCase>(`/cases/${caseId}`)).body;
    expect(c.evidence).toMatchObject([{ id: done.body.evidenceId, kind: 'release', title: '关于桥面塌陷的情况通报' }]);
    expect(await proposed(caseId)).toEqual([]);
    expect((await officer.post(`${path}/confirm`, {})).status).toBe(409);
  });

  it('confirmed by several at once is registered once, and linked to what was registered', async () => {
    const caseId = await openCase(bench, { title: '学校食堂疑似食物中毒' });
    await join(caseId, { title: '关于学校食堂疑似食物中毒的情况通报', text: '学校食堂已停业，正在调查。', official: true, publishedAt: null });
    const [p] = await proposed(caseId);
    const path = `/cases/${caseId}/evidence-proposals/${p!.id}/confirm`;
    const answers = await Promise.all([1, 2, 3].map(() => officer.post<{ evidenceId?: string }>(path, {})));
    expect(answers.map((a) => a.status).sort()).toEqual([200, 409, 409]);
    const { evidence } = (await officer.get<WireCase>(`/cases/${caseId}`)).body;
    expect(evidence).toHaveLength(1);
    const linked = await rows(bench.db, 'select state, evidence_id as "evidenceId" from evidence_proposal where id = $1', [p!.id]);
    expect(linked).toEqual([{ state: 'confirmed', evidenceId: evidence[0]!.id }]);
  });

  it('denies: the rumour it answers stands beside it; what has nothing to do with the case is dropped', async () => {
    const caseId = await openCase(bench, { title: '化工厂爆炸' });
    await join(caseId, { title: '听说自来水也有毒了', text: '群里都在传，县城自来水有毒。' });
    await join(caseId, { title: '辟谣：县城自来水有毒系谣言', text: '针对网传“县城自来水有毒”，核实为谣言。', official: true });
    const [p] = await proposed(caseId);
    expect(p).toMatchObject({ kind: 'clarification', deniesTitle: '听说自来水也有毒了' });
    expect((await officer.post(`/cases/${caseId}/evidence-proposals/${p!.id}/drop`)).body).toEqual({ dropped: true });
    expect(await proposed(caseId)).toEqual([]);
    expect((await officer.get<WireCase>(`/cases/${caseId}`)).body.evidence).toEqual([]);
  });
});

it('what is registered with a response is masked for its readers', async () => {
  const caseId = await openCase(bench, { title: '河道排污' });
  const { body } = await officer.get<{ now: string }>('/board');
  const entry = { kind: 'plan', title: '已联系举报人13800138000', note: '电话 13900139000', happenedAt: body.now };
  expect((await officer.post(`/cases/${caseId}/evidence`, entry)).status).toBe(200);
  expect((await officer.post(`/cases/${caseId}/override`, { level: 'major', reason: '举报人13700137000补充材料' })).status).toBe(200);
  const seen = JSON.stringify((await auditor.get<WireCase>(`/cases/${caseId}`)).body);
  expect(seen).toContain('已联系举报人');
  expect(seen).not.toMatch(/13800138000|13900139000|13700137000/);
});
