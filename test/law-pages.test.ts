import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { planClock } from '@app/domain';
import { startClocks } from '@app/response';
import { loadSettings, calendarOf, ruleBookOf } from '@app/settings';
import { readNow, row } from '@app/storage';
import { auditPage, findBrowser, launch, overflowOf, until } from './browser';
import { RunningSystem } from './running-system';

jest.setTimeout(180_000);
const executable = findBrowser();
const PASSWORD = '值班室的灯一直亮着2026';
/** HUIYING_SHOTS=folder keeps pictures and the printed sheet. */
const shots = process.env['HUIYING_SHOTS'];

/** The demonstration alone: nothing is fetched from elsewhere. */
function demoOnly(configDir: string): void {
  rmSync(join(configDir, 'sources', 'public.yaml'), { force: true });
}

const NOTICE = `year: 2027
notices:
  - title: 国务院办公厅关于2027年部分节假日安排的通知（测试）
    number: 国办发明电〔2026〕99号
    published: 2026-11-01
    url: https://www.example.gov.cn/2027.htm
    holidays:
      - { name: 元旦, off: [2027-01-01, 2027-01-02, 2027-01-03, 2027-01-04], work: [] }
`;

if (executable === null) {
  describe('the pages of calendar, roster and sheet', () => {
    it('need Chromium: it may be missing on a desk, not in CI', () => {
      process.stderr.write('no Chromium found: the pages of the law were not looked at\n');
      expect(process.env.CI ?? '').toBe('');
    });
  });
} else {
  describe('the pages of calendar, roster and sheet', () => {
    let system: RunningSystem;
    let browser: Browser;
    let page: Page;
    let clockId = '';

    beforeAll(async () => {
      system = await RunningSystem.start({ edit: demoOnly });
      browser = await launch(executable);
      page = await (await browser.newContext({ viewport: { width: 1360, height: 900 }, locale: 'zh-CN' })).newPage();
      page.setDefaultTimeout(20_000);
      const { username, oneTimePassword } = system.administrator ?? { username: '', oneTimePassword: '' };
      await page.goto(`${system.url}/rules`);
      await page.fill('[name=username]', username);
      await page.fill('[name=password]', oneTimePassword);
      await page.keyboard.press('Enter');
      await page.fill('[name=current]', oneTimePassword);
      await page.fill('[name=next]', PASSWORD);
      await page.fill('[name=again]', PASSWORD);
      await page.keyboard.press('Enter');
      await page.waitForURL('**/rules');
    });

    afterAll(async () => {
      await browser?.close();
      await system?.stop();
    });

    const shot = async (name: string): Promise<void> => {
      if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
    };

    /** A term of five working days over New Year, of a case of the demonstration. */
    async function longClock(): Promise<string> {
      const db = await system.db();
      const settings = loadSettings();
      const duty = ruleBookOf(settings).duties.find((d) => d.rule.id === 'settle-ordinary');
      let found: { id: string } | null = null;
      await until(
        'a case of the demonstration',
        async () => (found = await row<{ id: string }>(db, 'select id from case_file limit 1')) !== null,
        90_000,
      );
      if (!duty || !found) throw new Error('no duty or no case');
      const caseId = (found as { id: string }).id;
      const rule = {
        ...duty.rule,
        title: '五个工作日内公开实施方案',
        limit: { unit: 'working_days' as const, amount: 5 },
      };
      const plan = planClock({ ...duty, rule }, new Date('2026-12-29T10:00:00+08:00'), calendarOf(settings));
      return db.transaction(
        async (manager) => (await startClocks(manager, caseId, [plan], await readNow(manager)))[0] ?? '',
      );
    }

    it('a bad notice is shown with every fault; a good one is looked at, then adopted, and moves what it must', async () => {
      clockId = await longClock();
      await page.getByRole('tab', { name: '工作日历' }).click();
      await page.click('[data-test=load-notice]');
      await page.fill('[name=notice]', NOTICE.replace('https:', 'ftp:').replace('2027-01-04', '2027-02-30'));
      await page.getByRole('button', { name: '预览影响' }).click();
      await page.locator('[data-test=notice-faults] li').nth(1).waitFor();
      await page.fill('[name=notice]', NOTICE);
      await page.getByRole('button', { name: '预览影响' }).click();
      const preview = page.locator('[data-test=notice-preview]');
      await preview.waitFor();
      const seen = await preview.innerText();
      expect(seen).toContain('2027-12-31');
      expect(seen).toContain('2027年1月6日 24:00');
      expect(seen).toContain('2027年1月7日 24:00');
      expect(seen).toContain('2027-01-04 改为休息日');
      await shot('notice-preview');
      await page.click('[data-test=adopt-notice]');
      await page.getByRole('status').filter({ hasText: '已采用' }).waitFor();
      expect((await auditPage(page)).faults).toEqual([]);
    });

    it('the sheet shows each day with its notice, both instants, and is computed anew to the same; it prints', async () => {
      await until('the move', async () => {
        const sql = `select 1 as x from clock where id = $1 and jsonb_array_length(derivation -> 'reprojections') = 1`;
        return (await row(await system.db(), sql, [clockId])) !== null;
      });
      await page.goto(`${system.url}/clocks/${clockId}/derivation`);
      await page.locator('[data-test=recomputed]').waitFor();
      const sheet = await page.locator('article.sheet').innerText();
      for (const part of [
        '期限计算书',
        '五个工作日内公开实施方案',
        '起算点',
        '一般性政务舆情,3日内办结',
        '日历版本',
        '第 5 日',
        '不计',
      ]) {
        expect(sheet).toContain(part);
      }
      expect(sheet).toContain('国办发明电〔2026〕99号');
      expect(sheet).toContain('最迟 2027年1月6日 24:00 → 2027年1月7日 24:00，不再暂定');
      expect(await page.locator('[data-test=recomputed]').innerText()).toContain('一致');
      await shot('sheet');
      await page.emulateMedia({ media: 'print' });
      await shot('sheet-print');
      const pdf = await page.pdf({ format: 'A4', ...(shots ? { path: join(shots, 'sheet.pdf') } : {}) });
      await page.emulateMedia({ media: 'screen' });
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
      expect((await auditPage(page)).faults).toEqual([]);
    });

    it('the roster is laid from the page, and says where nobody is on duty', async () => {
      await page.goto(`${system.url}/roster`);
      await page.click('[data-test=plan-rota]');
      await page.selectOption('[name=workdays]', { index: 0 });
      await page.getByRole('button', { name: '预览' }).click();
      await page.locator('[data-test=rota-preview] li').nth(1).waitFor();
      await page.click('[data-test=lay-rota]');
      await page.locator('[data-test=shift]').nth(1).waitFor();
      await shot('roster');
      // What is past can no longer be staffed and is no alarm; what lies ahead is: the turns end after four weeks.
      for (let week = 0; week < 4; week++) await page.getByRole('button', { name: '后一周' }).click();
      expect(await page.locator('[data-test=gaps]').innerText()).toContain('无人当班');
      await shot('roster-gaps');
      expect((await auditPage(page)).faults).toEqual([]);
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await overflowOf(page)).toBe(0);
      await shot('roster-phone');
    });
  });
}
