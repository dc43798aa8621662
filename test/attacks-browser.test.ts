import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { findBrowser, launch, until } from './browser';
import { RunningSystem } from './running-system';

jest.setTimeout(240_000);
const executable = findBrowser();
const PASSWORD = '值班室的灯一直亮着2026';
/** Each sets a mark when it runs. */
const SCRIPTS = [
  '<img src=x onerror="window.__ran=1">',
  '<script>window.__ran=1</script>',
  '<svg onload="window.__ran=1">',
  '"><iframe srcdoc="<script>parent.__ran=1</script>">',
  '{{constructor.constructor("window.__ran=1")()}}',
].join('');

const inBrowser = executable === null ? describe.skip : describe;

if (executable === null) it('needs Chromium: it may be missing on a desk, not in CI', () => expect(process.env.CI ?? '').toBe(''));

inBrowser('what a hostile feed, person or program wrote', () => {
  let system: RunningSystem;
  let browser: Browser;
  let page: Page;
  const dialogs: string[] = [];
  const foreign: string[] = [];
  let caseId = '';

  beforeAll(async () => {
    system = await RunningSystem.start({ edit: (dir) => rmSync(join(dir, 'sources', 'public.yaml'), { force: true }) });
    browser = await launch(executable!);
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })).newPage();
    page.setDefaultTimeout(30_000);
    page.on('dialog', (d) => {
      dialogs.push(d.message());
      void d.dismiss();
    });
    page.on('request', (r) => {
      if (!r.url().startsWith(system.url) && !/^(data|blob):/.test(r.url())) foreign.push(r.url());
    });
    const { username, oneTimePassword } = system.administrator!;
    await page.goto(`${system.url}/`);
    await page.fill('[name=username]', username);
    await page.fill('[name=password]', oneTimePassword);
    await page.keyboard.press('Enter');
    await page.fill('[name=current]', oneTimePassword);
    for (const name of ['next', 'again']) await page.fill(`[name=${name}]`, PASSWORD);
    await page.keyboard.press('Enter');
    await page.locator('[data-test=case-row]').first().waitFor({ timeout: 120_000 });
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  const call = <T>(method: string, path: string, body: unknown): Promise<T> =>
    page.evaluate(
      `fetch('/api/v1/me').then((r) => r.json()).then((me) => fetch(${JSON.stringify(`/api/v1${path}`)}, { method: ${JSON.stringify(method)}, headers: { 'content-type': 'application/json', 'x-csrf-token': me.csrfToken }, body: ${JSON.stringify(JSON.stringify(body))} })).then((r) => r.json())`,
    ) as Promise<T>;

  it('comes in as text, and links that are no web addresses do not come in', async () => {
    const { key } = await call<{ key: string }>('POST', '/tokens', { name: 'hostile', scopes: ['push-items'] });
    const push = (items: object[]) =>
      fetch(`${system.url}/api/v1/items`, { method: 'POST', body: JSON.stringify({ items }), headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` } });
    const bad = await push([{ guid: 'js', title: '停水', text: '停水', url: 'javascript:window.__ran=1' }]);
    expect(bad.status).toBe(422);
    const good = await push([{ guid: 'xss', title: `云溪县化工厂爆炸致3人死亡${SCRIPTS}`, text: `云溪县宏远化工厂爆炸，3人死亡。${SCRIPTS}`, url: 'https://a.example/?q=%22%3E%3Cscript%3Ewindow.__ran=1%3C/script%3E' }]);
    expect(good.status).toBe(202);
    const db = await system.db();
    await until('the case', async () => {
      const [found] = (await db.query(`select case_id as id from item where guid = 'xss' and case_id is not null`)) as { id: string }[];
      caseId = found?.id ?? '';
      return caseId !== '';
    }, 90_000);
    // What a feed's parser let through once: the page must not trust the table either.
    await db.query(`update item set url = 'javascript:window.__ran=1' where guid = 'xss'`);
    await db.query(`insert into department (id, name, duties) values ('hostile', $1, $1) on conflict do nothing`, [`局${SCRIPTS}`.slice(0, 200)]);
    await call('POST', '/users', { username: 'hostile', displayName: SCRIPTS.slice(0, 40), role: 'duty_officer' });
    await call('POST', '/me/views', { name: '<b onclick=x>', filter: { q: SCRIPTS.slice(0, 90) } });
    await call('POST', '/handovers', { note: `交班${SCRIPTS}` });
    await call('POST', `/cases/${caseId}/confirm`, { note: `研判${SCRIPTS}` });
    await call('POST', `/cases/${caseId}/evidence`, { kind: 'report-up', title: `报告${SCRIPTS}`, happenedAt: new Date().toISOString().replace('Z', '+00:00'), note: SCRIPTS, speaker: SCRIPTS.slice(0, 90), approvedBy: SCRIPTS.slice(0, 90) });
  });

  it.each(['/', 'case', '/items', '/review', '/audit', '/users', '/users?tab=departments', '/users?tab=tokens', '/handover', '/months', '/roster', '/sources', '/account', '/api/docs', '/entry?title=%3Cimg%20src%3Dx%20onerror%3D%22window.__ran%3D1%22%3E&url=javascript:window.__ran=1'])(
    'runs nowhere: %s',
    async (path) => {
      await page.goto(system.url + (path === 'case' ? `/cases/${caseId}` : path));
      await page.locator('h1').first().waitFor();
      await page.waitForTimeout(1_500);
      expect(await page.evaluate('window.__ran ?? null')).toBeNull();
      const links = (await page.evaluate(`[...document.querySelectorAll('a[href], iframe, form[action]')].map((a) => a.getAttribute('href') ?? a.getAttribute('action') ?? 'iframe')`)) as string[];
      // The bookmarklet of the entry page is the one script that is meant to be dragged away; a click on it is stopped.
      expect(links.filter((h) => /^\s*(javascript|data|vbscript):|^iframe$/i.test(h) && !h.startsWith('javascript:open('))).toEqual([]);
      if (path === 'case') expect(await page.locator('h1').first().innerText()).toContain('<img src=x onerror=');
      expect(dialogs).toEqual([]);
      expect(foreign).toEqual([]);
    },
  );

  it('a script of a page’s own making is refused by the content policy, should markup ever come through', async () => {
    await page.goto(`${system.url}/items`);
    await page.locator('h1').first().waitFor();
    await page.evaluate(`document.body.insertAdjacentHTML('beforeend', ${JSON.stringify(SCRIPTS)})`);
    await page.evaluate(`document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.__ran=1' }))`);
    await page.waitForTimeout(500);
    expect(await page.evaluate('window.__ran ?? null')).toBeNull();
  });

  it('what a person has typed survives a reload and a lost connection, and is not shown to the next person at the desk', async () => {
    await page.goto(`${system.url}/handover`);
    await page.fill('[name=note]', '夜班交代的事，还没有写完');
    await page.reload();
    expect(await page.inputValue('[name=note]')).toBe('夜班交代的事，还没有写完');
    await page.goto(`${system.url}/users`);
    await page.click('[data-test=add-user]');
    await page.fill('[name=displayName]', '新来的人');
    await page.fill('[name=new-username]', 'new.person');
    await page.context().setOffline(true);
    await page.getByRole('button', { name: '新增', exact: true }).click();
    await page.getByText('无法连接服务器').first().waitFor();
    expect(await page.inputValue('[name=displayName]')).toBe('新来的人');
    await page.context().setOffline(false);
    await page.reload();
    await page.click('[data-test=add-user]');
    expect(await page.inputValue('[name=new-username]')).toBe('new.person');
    const keys = (await page.evaluate(`Object.keys(localStorage).filter((k) => k.includes('draft.'))`)) as string[];
    expect(keys.length).toBeGreaterThan(0);
    const [me] = (await (await system.db()).query(`select id from account where username = 'admin'`)) as { id: string }[];
    expect(keys.filter((k) => !k.includes(`draft.${me!.id}.`))).toEqual([]);
  });

  it('so does what was written in the forms of a shift, a rota, a change of a person and a token; 取消 throws it away', async () => {
    const again = async (path: string, open: () => Promise<void>, field: string, text: string): Promise<void> => {
      await page.goto(system.url + path);
      await open();
      await page.fill(field, text);
      await page.reload();
      await open();
      expect(await page.inputValue(field)).toBe(text);
    };
    await again('/roster', () => page.click('[data-test=add-shift]'), '[name=endsAt]', '2031-02-03T04:05:06');
    await again('/roster', () => page.click('[data-test=plan-rota]'), '[name=handover]', '07:15, 19:15');
    await again('/users', () => page.getByRole('button', { name: '变更', exact: true }).first().click(), '[name=displayName]', '改到一半的姓名');
    await page.getByText('已恢复上次未提交的内容').waitFor();
    await page.getByRole('button', { name: '取消', exact: true }).click();
    await page.getByRole('button', { name: '变更', exact: true }).first().click();
    expect(await page.inputValue('[name=displayName]')).not.toBe('改到一半的姓名');
    await again('/users?tab=tokens', () => page.click('[data-test=add-token]'), '[name=token-name]', 'half-written');
  });
});
