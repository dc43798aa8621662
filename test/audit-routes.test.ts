import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditChain, ConfigRecord } from '@app/accounts';
import { rows } from '@app/storage';
import { Browser, type GatewayBench, openCase, openGateway, person } from './gateway-bench';
import { root } from './running-system';

let bench: GatewayBench;
let officer: Browser;
let auditor: Browser;
beforeAll(async () => {
  bench = await openGateway();
  officer = await person(bench, { username: 'officer' });
  auditor = await person(bench, { username: 'watcher', role: 'auditor' });
}, 60_000);
afterAll(() => bench.close());

interface Record {
  id: string;
  actor: string;
  action: string;
  object: string;
  data: { [key: string]: unknown };
}
const newest = async (action: string): Promise<Record | undefined> => (await auditor.get<{ records: Record[] }>(`/audit?action=${action}&limit=1`)).body.records[0];

describe('what is read without its mask', () => {
  it('stands in the log before it is handed out: texts, attachments, archives, exports', async () => {
    const caseId = await openCase(bench, { title: '联系人13812345678' });
    const [item] = await rows<{ id: string }>(bench.db, 'select id from item where case_id = $1', [caseId]);
    expect((await officer.post(`/items/${item!.id}/reveal`, { reason: '联系当事人' })).body).toMatchObject({ title: '联系人13812345678' });
    expect(await newest('item.reveal')).toMatchObject({ actor: 'officer', object: `item:${item!.id}`, data: { reason: '联系当事人' } });

    const form = new FormData();
    const { now } = (await officer.get<{ now: string }>('/board')).body;
    for (const [k, v] of Object.entries({ kind: 'release', title: '通报', happenedAt: now })) form.append(k, v);
    form.append('file', new File([Buffer.from('%PDF-1.4\n%%EOF')], '通报.pdf'));
    const made = await fetch(`${bench.base}/api/v1/cases/${caseId}/evidence`, { method: 'POST', body: form, headers: { cookie: officer.cookie, origin: bench.base, 'x-csrf-token': officer.csrf } });
    const { evidenceId } = (await made.json()) as { evidenceId: string };
    expect((await officer.get(`/cases/${caseId}/evidence/${evidenceId}/file`)).status).toBe(200);
    expect(await newest('evidence.file')).toMatchObject({ actor: 'officer', object: `case:${caseId}`, data: { evidenceId, name: '通报.pdf' } });

    expect((await auditor.send('GET', '/api/v1/overrides/export')).status).toBe(200);
    expect(await newest('override.export')).toMatchObject({ actor: 'watcher' });
  });
});

describe('the log', () => {
  it('is filtered, paged by cursor, verified and taken out, and the taking out stands in it', async () => {
    for (let i = 0; i < 5; i++) await bench.app.get(AuditChain).append({ actor: 'many', action: 'test.many', object: `thing:${i}`, data: { i } });
    const first = (await auditor.get<{ records: Record[]; next: string | null }>('/audit?actor=many&limit=2')).body;
    expect(first.records.map((r) => r.data['i'])).toEqual([4, 3]);
    const second = (await auditor.get<{ records: Record[]; next: string | null }>(`/audit?actor=many&limit=2&beforeId=${first.next}`)).body;
    expect(second.records.map((r) => r.data['i'])).toEqual([2, 1]);
    expect((await auditor.get<{ records: Record[] }>('/audit?object=thing:3')).body.records).toHaveLength(1);
    // Signs of LIKE are no wildcards.
    expect((await auditor.get<{ records: Record[] }>('/audit?action=%25')).body.records).toEqual([]);
    expect((await auditor.get<{ ok: boolean; records: number; head: string }>('/audit/verify')).body).toMatchObject({ ok: true, broken: null });

    await bench.app.get(AuditChain).append({ actor: '=cmd|calc', action: 'test.formula', data: { note: '含"引号"' } });
    const csv = await auditor.send<{ text: string }>('GET', '/api/v1/audit/export?format=csv&action=test.');
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="huiying-audit.csv"');
    expect(csv.body.text).toContain('"\'=cmd|calc"');
    expect(csv.body.text.trim().split('\r\n')).toHaveLength(7);
    const { text: lines } = (await auditor.send<{ text: string }>('GET', '/api/v1/audit/export?format=jsonl&actor=many')).body;
    expect(lines.trim().split('\n').map((l) => (JSON.parse(l) as { prevHash: string }).prevHash)).toHaveLength(5);
    expect(await newest('audit.export')).toMatchObject({ actor: 'watcher', data: { format: 'jsonl', actor: 'many' } });
    expect((await officer.get('/audit/export')).status).toBe(403);
  });

  it('tells a chain that somebody with the database’s own rights has changed', async () => {
    const [one] = await rows<{ id: string; actor: string }>(bench.db, `select id, actor from audit where action = 'test.formula'`);
    await rows(bench.db, 'alter table audit disable trigger user');
    await rows(bench.db, `update audit set actor = 'nobody' where id = $1`, [one!.id]);
    expect((await auditor.get('/audit/verify')).body).toMatchObject({ ok: false, broken: { id: one!.id } });
    await rows(bench.db, `update audit set actor = $2 where id = $1`, [one!.id, one!.actor]);
    await rows(bench.db, 'alter table audit enable trigger user');
    expect((await auditor.get('/audit/verify')).body).toMatchObject({ ok: true });
  });
});

describe('a change of the config', () => {
  it('is logged at the next start with the file and the key, once however many start; secrets leave no trace', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'huiying-config-'));
    cpSync(join(root, 'config'), dir, { recursive: true });
    const record = new ConfigRecord(bench.db, bench.app.get(AuditChain));
    await record.note(dir);
    expect(await record.note(dir)).toBeNull();
    const main = join(dir, 'huiying.yaml');
    writeFileSync(main, readFileSync(main, 'utf8').replace('idleHours: 12', 'idleHours: 3'));
    writeFileSync(join(dir, 'rules', 'own.yaml'), 'a: 1\n');
    rmSync(join(dir, 'sources', 'public.yaml'));
    writeFileSync(join(dir, 'hook-secret'), 'do not tell');
    const seen = await Promise.all(Array.from({ length: 5 }, () => record.note(dir)));
    expect(seen.filter((s) => s !== null)).toEqual([{ changed: ['huiying.yaml: signIn.idleHours'], added: ['rules/own.yaml'], removed: ['sources/public.yaml'] }]);
    expect(JSON.stringify(await newest('config.change'))).not.toContain('hook-secret');
    rmSync(dir, { recursive: true });
  });
});
