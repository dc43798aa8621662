import { AuditChain } from '@app/accounts';
import { rows } from '@app/storage';
import { Browser, type GatewayBench, openGateway, PASSWORD, person } from './gateway-bench';

let bench: GatewayBench;
let admin: Browser;
beforeAll(async () => {
  bench = await openGateway();
  admin = await person(bench, { username: 'admin-im', role: 'administrator' });
}, 60_000);
afterAll(() => bench.close());

async function send<T>(path: string, file: string | Buffer, name = '人员.csv', browser = admin): Promise<{ status: number; body: T & { field?: string; detail?: string; faults?: { key: string; reason: string }[] } }> {
  const form = new FormData();
  form.append('file', new File([new Uint8Array(Buffer.from(file))], name));
  const response = await fetch(`${bench.base}/api/v1${path}`, { method: 'POST', body: form, headers: { cookie: browser.cookie, origin: bench.base, 'x-csrf-token': browser.csrf } });
  return { status: response.status, body: (await response.json()) as never };
}

const HEAD = '用户名,姓名,角色,部门,地区,邮箱,手机';
const GOOD = `${HEAD}\r\nwang.min,王敏,值班员,,,,13812345678\r\nli.lei,李雷,部门负责人,县水利局,,,\r\nhan.mei,韩梅,department_contact,shuili,990101,han@example.gov.cn,\r\n`;
const count = async () => (await rows<{ n: number }>(bench.db, 'select count(*)::int as n from account'))[0]!.n;

describe('users from a table', () => {
  it('are shown first; nothing is written', async () => {
    const before = await count();
    const { body, status } = await send<{ accounts: { username: string; departmentId: string | null; region: string | null }[]; faults: unknown[] }>('/users/import/preview', GOOD);
    expect(status).toBe(200);
    expect(body.faults).toEqual([]);
    expect(body.accounts.map((a) => [a.username, a.departmentId, a.region])).toEqual([['wang.min', null, null], ['li.lei', 'shuili', null], ['han.mei', 'shuili', '990101']]);
    expect(await count()).toBe(before);
  });

  it('name every fault with its line and column and what is allowed, and none is taken while there is one', async () => {
    const bad = `${HEAD}\n王敏,王敏,值班员,,,,\nok.one,好,国王,,,,\nok.two,好,部门负责人,,,,\nok.three,好,值班员,没有的局,,,\nok.four,好,值班员,,火星县,,\nok.five,好,值班员,,,不是邮箱,\nok.six,好,值班员,,,,12345\nok.six,好,值班员,,,,\nadmin-im,好,值班员,,,,\nok.seven,好,审计员,,990101,,\nok.eight,,值班员,,,,\n`;
    const preview = await send<{ faults: { line: number; column: string; reason: string }[] }>('/users/import/preview', bad);
    expect((preview.body.faults as { line: number; column: string; reason: string }[]).map((f) => [f.line, f.column])).toEqual([
      [2, '用户名'], [3, '角色'], [4, '部门'], [5, '部门'], [6, '地区'], [7, '邮箱'], [8, '手机'], [9, '用户名'], [10, '用户名'], [11, '地区'], [12, '姓名'],
    ]);
    const before = await count();
    const taken = await send('/users/import', bad);
    expect(taken.status).toBe(422);
    expect(taken.body).toMatchObject({ field: 'file', detail: '文件有 11 处错误，没有导入任何一行' });
    expect(taken.body.faults![1]).toEqual({ key: '第 3 行 角色', reason: '角色须为其中之一：值班员、部门联络员、部门负责人、领导、管理员、审计员' });
    expect(await count()).toBe(before);
  });

  it('come in together; each one-time password is in this answer and nowhere else, and must be changed', async () => {
    const { body, status } = await send<{ users: { username: string; oneTimePassword: string }[] }>('/users/import', GOOD);
    expect(status).toBe(201);
    expect(body.users.map((u) => u.username)).toEqual(['wang.min', 'li.lei', 'han.mei']);
    const secret = body.users[1]!.oneTimePassword;
    const stored = JSON.stringify([await rows(bench.db, 'select * from account'), await rows(bench.db, 'select * from audit'), await rows(bench.db, 'select * from request_key')]);
    expect(stored).not.toContain(secret);
    expect(stored).not.toContain('13812345678" ,');
    expect(JSON.stringify(await bench.app.get(AuditChain).list({ action: 'user.add', limit: 10 }))).not.toContain('13812345678');
    const li = new Browser(bench.base);
    expect((await li.signIn('li.lei', secret)).body).toMatchObject({ mustChangePassword: true, role: 'department_head', departmentId: 'shuili' });
    expect((await li.post('/me/password', { current: secret, next: PASSWORD })).status).toBe(204);
    expect((await send('/users/import', GOOD)).body.faults).toHaveLength(3);
  });

  it('two imports of the same at once: one is taken whole, the other not at all', async () => {
    const table = `${HEAD}\n${Array.from({ length: 12 }, (_, i) => `both.${i},同时,值班员,,,,`).join('\n')}\n`;
    const two = await Promise.all([send('/users/import', table), send('/users/import', table)]);
    expect(two.map((t) => t.status).sort()).toEqual([201, 422]);
    expect((await rows<{ n: number }>(bench.db, `select count(*)::int as n from account where username like 'both.%'`))[0]!.n).toBe(12);
  });

  it.each([
    ['Excel’s own CSV in GB18030', Buffer.from('d3c3bba7c3fb2cd0d5c3fb2cbdc7c9ab0a6762752e6f6e652ccdf5c3f42cd6b5b0e0d4b10a', 'hex'), 'gbu.one'],
    ['tabs and a mark of UTF-8', '\ufeff用户名\t姓名\t角色\ntab.one\t王敏\t值班员\n', 'tab.one'],
  ])('are read from %s', async (_, bytes, username) => {
    expect((await send<{ accounts: object[]; faults: object[] }>('/users/import/preview', bytes)).body).toMatchObject({ faults: [], accounts: [{ username, displayName: '王敏', role: 'duty_officer' }] });
  });

  it.each([
    ['a column that is missing', '用户名,姓名\na.b,王\n', /缺少“角色”一列/],
    ['a column that nobody knows', `${HEAD},密码\na.b,王,值班员,,,,,x\n`, /不认识的列“密码”/],
    ['no line', `${HEAD}\n`, /没有一行内容/],
    ['too many lines', `${HEAD}\n${'a.b,王,值班员,,,,\n'.repeat(501)}`, /一次最多 500 行，现有 501 行/],
  ])('%s is said', async (_, text, reason) => {
    const { body } = await send<{ faults: { reason: string }[] }>('/users/import/preview', text);
    expect((body.faults as { reason: string }[])[0]!.reason).toMatch(reason);
  });

  it('another kind of file, none, and one too large are refused', async () => {
    expect((await send('/users/import', 'x', '人员.exe')).body).toMatchObject({ field: 'file', detail: expect.stringContaining('.csv') });
    expect((await send('/users/import', 'x'.repeat(2_000_000))).status).toBe(413);
    expect((await admin.post('/users/import', {})).body).toMatchObject({ status: 422, field: 'file' });
  });

  it('of a county’s administrator are of that county, or refused', async () => {
    const county = await person(bench, { username: 'county-admin', role: 'administrator', region: '990102' });
    const plan = await send<{ faults: { line: number; column: string }[] }>('/users/import/preview', `用户名,姓名,角色,地区\nx.one,甲,值班员,990102\nx.two,乙,值班员,990101\nx.three,丙,值班员,\n`, '人员.csv', county);
    expect((plan.body.faults as { line: number; column: string }[]).map((f) => [f.line, f.column])).toEqual([[3, '地区'], [4, '地区']]);
  });
});

describe('departments from a table', () => {
  it('are shown, taken all or nothing, changed by their id; those of the config are changed there', async () => {
    const text = '编号,名称,地区,职责\nb-water,乙县水利局,990102,供水 水库\n';
    expect((await send<object>('/departments/import/preview', text)).body).toMatchObject({ faults: [], departments: [{ id: 'b-water', region: '990102', known: false }] });
    expect((await send<object>('/departments/import', text)).body).toEqual({ added: 1, changed: 0 });
    expect((await send<object>('/departments/import', text.replace('供水', '供水 防汛'))).body).toEqual({ added: 0, changed: 1 });
    const bad = await send<{ faults: object[] }>('/departments/import', '编号,名称\nshuili,改名\n坏,局\nb-x,乙县某局\nb-x,又是它\n');
    expect(bad.body.faults!.map((f) => (f as unknown as { key: string }).key)).toEqual(['第 2 行 编号', '第 3 行 编号', '第 3 行 名称', '第 5 行 编号']);
    expect(await rows(bench.db, `select 1 from department where id = 'b-x'`)).toEqual([]);
    expect(await bench.app.get(AuditChain).list({ action: 'department.', limit: 5 })).toMatchObject([{ action: 'department.change' }, { action: 'department.add' }]);
  });
});
