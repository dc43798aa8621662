import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { WireCaseSummary } from '@app/domain';
import { auditPage, findBrowser, launch, overflowOf, until } from './browser';
import { Browser as Session } from './gateway-bench';
import { RunningSystem } from './running-system';

jest.setTimeout(180_000);
const executable = findBrowser();
const PASSWORD = '值班室的灯一直亮着2026';

/**
 * The three people's days, each in a browser of her own, on the built system with the demonstration: the duty officer at
 * night, the department head on a phone, the leader before a meeting. One case goes through all their hands.
 */
(executable === null ? describe.skip : describe)('the three people', () => {
  let system: RunningSystem;
  let browser: Browser;
  let officer: Page;
  let head: Page;
  let leader: Page;
  let shown: WireCaseSummary;
  const errors: string[] = [];

  beforeAll(async () => {
    system = await RunningSystem.start({ edit: (config) => rmSync(join(config, 'sources', 'public.yaml'), { force: true }) });
    browser = await launch(executable ?? '');
    const admin = await entered(system.administrator?.username ?? '', system.administrator?.oneTimePassword ?? '');
    const accounts: [string, string, string | null][] = [
      ['duty', 'duty_officer', null],
      ['early', 'duty_officer', null],
      ['head', 'department_head', 'shuili'],
      ['leader', 'leader', null],
    ];
    const { departments } = (await admin.get<{ departments: { id: string }[] }>('/departments')).body;
    for (const [username, role, wish] of accounts) {
      const departmentId = wish === null ? null : (departments.find((d) => d.id === wish)?.id ?? departments[0]?.id);
      const made = await admin.post<{ oneTimePassword: string }>('/users', { username, displayName: username, role, departmentId });
      await entered(username, made.body.oneTimePassword);
    }
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  /** A session whose one-time password has been changed. */
  async function entered(username: string, oneTimePassword: string): Promise<Session> {
    const session = new Session(system.url);
    await session.signIn(username, oneTimePassword);
    await session.post('/me/password', { current: oneTimePassword, next: PASSWORD });
    await session.signIn(username, PASSWORD);
    return session;
  }

  async function signIn(username: string, options: Parameters<Browser['newContext']>[0], to = '/'): Promise<Page> {
    const context: BrowserContext = await browser.newContext({ locale: 'zh-CN', ...options });
    await context.addInitScript(`localStorage.setItem('huiying.tour.${username}', 'true')`);
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => errors.push(`${username}: ${error.message}`));
    await page.goto(system.url + to);
    await page.fill('[name=username]', username);
    await page.fill('[name=password]', PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => !url.pathname.includes('sign-in'));
    return page;
  }

  const connected = (page: Page) => until('the line', async () => (await page.locator('[data-test=connection]').first().innerText()).includes('已连接'));

  describe('the duty officer at night', () => {
    it('sees the most urgent first, and works by the keyboard alone without leaving the board', async () => {
      officer = await signIn('duty', { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });
      await officer.locator('[data-test=case-row]').first().waitFor({ timeout: 90_000 });
      await connected(officer);
      await officer.keyboard.press('j');
      const id = await officer.evaluate(`document.activeElement.dataset.case`);
      await officer.keyboard.press('a');
      await officer.locator('[name=departmentId]').waitFor();
      const unit: string[] = await officer.evaluate(`[...document.querySelectorAll('[name=departmentId] option:not([disabled])')].map((o) => o.value)`);
      await officer.selectOption('[name=departmentId]', unit.includes('shuili') ? 'shuili' : (unit[0] ?? ''));
      await officer.click('[data-test=submit]');
      await officer.locator('[data-test=submit]').waitFor({ state: 'detached' });
      expect(new URL(officer.url()).pathname).toBe('/');
      // The focus is back on the row it came from.
      await until('the focus', async () => (await officer.evaluate(`document.activeElement.dataset.case ?? ''`)) === id);
      const [found] = (await (await system.db()).query(`select id, title, state from case_file where id = $1`, [id])) as WireCaseSummary[];
      expect(found!.state).toBe('已交办');
      shown = found!;
    });

    it('keeps a filter under a name, which is there on another computer', async () => {
      await officer.selectOption('[aria-label=办理状态]', '已交办');
      await officer.click('[data-test=view-new]');
      await officer.fill('[data-test=view-name]', '等签收的');
      await officer.click('[data-test=view-save]');
      const other = await signIn('duty', { viewport: { width: 1440, height: 900 } });
      await other.locator('[data-test=views]').waitFor();
      await other.selectOption('[data-test=views]', { label: '等签收的' });
      await until('the filter', async () => (await other.locator('[aria-label=办理状态]').inputValue()) === '已交办');
      await other.context().close();
      await officer.getByRole('button', { name: '清除筛选' }).click();
    });

    it('comes back from a case to where she was, by the back button', async () => {
      await officer.locator(`[data-case="${shown.id}"]`).click();
      await officer.waitForURL('**/cases/*');
      await officer.goBack();
      await officer.locator(`[data-case="${shown.id}"]`).waitFor();
      expect(new URL(officer.url()).pathname).toBe('/');
    });

    it('counts by the server, whatever the computer believes the time is', async () => {
      const left = async () => officer.locator('[data-test=countdown] .count').first().innerText();
      await officer.evaluate(`(() => { const real = Date.now; Date.now = () => real() + 5 * 3600_000; })()`);
      const clock = await officer.locator('header .clock').innerText();
      const [{ shown: real }] = (await (await system.db()).query(`select to_char(app_now() at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS') as shown`)) as [{ shown: string }];
      expect(Math.abs(Date.parse(`${clock.slice(-19).replace(' ', 'T')}Z`) - Date.parse(`${real.replace(' ', 'T')}Z`))).toBeLessThan(5_000);
      const before = await left();
      await until('the next second', async () => (await left()) !== before, 4_000);
      await officer.reload();
      await officer.locator('[data-test=case-row]').first().waitFor();
    });

    it('hands over what is open to the next shift, who takes it over', async () => {
      await officer.goto(`${system.url}/handover`);
      await officer.fill('[name=note]', '水厂说十点来水，请跟进。');
      // Half written, a reload loses nothing.
      await officer.reload();
      await until('the draft', async () => (await officer.inputValue('[name=note]')) === '水厂说十点来水，请跟进。');
      await officer.click('[data-test=hand-over]');
      await officer.locator('[data-test=handover]').first().waitFor();
      const early = await signIn('early', { viewport: { width: 1440, height: 900 } });
      expect(await early.locator('[data-test=handover-waiting]').innerText()).toContain('水厂说十点来水');
      await early.getByRole('link', { name: '查看并接班' }).click();
      expect(await early.locator('[data-test=handover]').first().innerText()).toContain(shown.title);
      await early.click('[data-test=take-over]');
      await early.getByText('early 已接班').waitFor();
      await early.goto(system.url);
      await early.locator('[data-test=case-row]').first().waitFor();
      expect(await early.locator('[data-test=handover-waiting]').count()).toBe(0);
      await early.context().close();
    });

    it('finds the case by its words, with the words marked', async () => {
      await until('the words to be indexed', async () => ((await (await system.db()).query('select 1 from item i left join item_search s on s.item_id = i.id where s.item_id is null')) as unknown[]).length === 0);
      const words = shown.title.replace(/【.*?】/g, '');
      await officer.goto(`${system.url}/items`);
      await officer.fill('[data-test=search]', words);
      await until('the words, marked', async () => (await officer.locator('[data-test=item] mark').first().innerText()) === words);
      // The search is in the address: it can be handed on.
      expect(new URL(officer.url()).searchParams.get('q')).toBe(words);
    });
  });

  describe('the department head on a phone', () => {
    it('is led to what she must sign for, and signs with one tap', async () => {
      head = await signIn('head', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
      expect(new URL(head.url()).pathname).toBe('/department');
      const sign = head.locator(`[data-test=sign-${shown.id}]`);
      await sign.waitFor();
      expect(await overflowOf(head)).toBe(0);
      await sign.tap();
      await sign.waitFor({ state: 'detached' });
      const [{ state }] = (await (await system.db()).query(`select state from case_file where id = $1`, [shown.id])) as [{ state: string }];
      expect(state).toBe('已签收');
    });

    it('answers with a file attached, also after the session has run out meanwhile', async () => {
      await head.locator(`[data-test=answer-${shown.id}]`).tap();
      await head.selectOption('[name=kind]', 'plan');
      await head.fill('[name=title]', '抢修方案');
      await head.setInputFiles('[name=file]', { name: '方案.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 方案') });
      await (await system.db()).query(`delete from session where account_id = (select id from account where username = 'head')`);
      await head.click('[data-test=submit]');
      await head.getByText('登录已过期').waitFor();
      await head.locator('[role=dialog] [name=password]').last().fill(PASSWORD);
      await head.keyboard.press('Enter');
      await head.locator('[data-test=submit]').waitFor({ state: 'detached' });
      const kept = (await (await system.db()).query(`select file_name as name from evidence where case_id = $1 and kind = 'plan'`, [shown.id])) as { name: string }[];
      expect(kept).toEqual([{ name: '方案.pdf' }]);
    });

    it('goes on by itself after the server was restarted', async () => {
      await system.killChild('gateway');
      await connected(head);
      await head.locator('[data-test=own-case]').first().waitFor();
      expect((await auditPage(head)).faults).toEqual([]);
    });
  });

  describe('the leader before a meeting', () => {
    it('sees what stands where on the wall, as of when', async () => {
      leader = await signIn('leader', { viewport: { width: 1920, height: 1080 } }, '/wall');
      const figures = leader.locator('.figures dl');
      await figures.first().waitFor();
      const [{ n }] = (await (await system.db()).query(`select count(*)::int as n from case_file where closed_at is null and merged_into is null and trigger is null`)) as [{ n: number }];
      await until('the number of open cases', async () => Math.abs(Number(await figures.first().locator('dd').first().innerText()) - n) <= 3);
      expect(await leader.locator('.as-of').innerText()).toContain('数据截至');
      // Readable at five metres: the figures are a thirtieth of the height of the wall.
      expect(await leader.evaluate(`parseFloat(getComputedStyle(document.querySelector('.figures dd')).fontSize) / window.innerHeight`)).toBeGreaterThan(1 / 30);
    });

    it('follows the case from the month to its answer, and prints it', async () => {
      await leader.goto(`${system.url}/cases/${shown.id}`);
      await leader.getByText('抢修方案').first().waitFor();
      await leader.locator('#h-spread').waitFor();
      await leader.emulateMedia({ media: 'print' });
      expect(await leader.locator('nav.rail').isVisible()).toBe(false);
      expect(await leader.getByText('抢修方案').first().isVisible()).toBe(true);
      await leader.emulateMedia({ media: 'screen' });
    });

    it('asks what would be due, if something happened on the eve of a holiday', async () => {
      await leader.goto(`${system.url}/rules?tab=what-if`);
      await leader.selectOption('[name=caseClass]', 'emergency');
      await leader.fill('[name=detectedAt]', '2026-09-30T22:00:00');
      const release = leader.locator('[data-test=supposed]', { hasText: '发布权威信息' }).first();
      // 5 hours from the very moment, through the night (001 四(二)); 3 as the target.
      await until('the limit', async () => /最迟\s*10月1日 03:00/.test(await release.innerText()));
      expect(await release.innerText()).toMatch(/力争\s*10月1日 01:00/);
      await release.getByRole('button').click();
      expect(await release.innerText()).toContain('期限计算书');
    });

    it('finds the manual for her own work', async () => {
      await leader.goto(`${system.url}/manual`);
      const first = leader.locator('[data-test=chapter]').first();
      await first.waitFor();
      expect(await first.innerText()).toContain('领导');
      for (const image of await leader.locator('[data-test=chapter] img').all()) await image.scrollIntoViewIfNeeded();
      await until('all pictures', async () => leader.evaluate(`[...document.querySelectorAll('[data-test=chapter] img')].every((i) => i.naturalWidth > 100)`));
    });
  });

  it('ran without an error of any page', () => {
    expect(errors).toEqual([]);
  });
});
