import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser as Chromium, BrowserContext, Page } from 'playwright-core';
import { openAccountBook } from '@app/accounts';
import { ReceiptLinks } from '@app/response';
import { CHANNELS, row, rows, sendHint } from '@app/storage';
import { auditPage, findBrowser, launch, overflowOf, until } from './browser';
import { Browser, PASSWORD } from './gateway-bench';
import { quiet } from './quiet-config';
import { RunningSystem } from './running-system';

jest.setTimeout(180_000);
const executable = findBrowser();
const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

/** Notes what the page asks of the machine: notices and tones. A headless browser shows and plays none. */
const WITNESS = `
  window.__notices = [];
  window.Notification = class { static permission = 'granted'; static requestPermission = async () => 'granted'; constructor(title, o) { window.__notices.push(title + '|' + o.body); } };
  window.__tones = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...a) { window.__tones++; return start.apply(this, a); };`;

/** A channel that is there to be looked at. */
function channels(configDir: string): void {
  quiet(configDir);
  mkdirSync(join(configDir, 'secrets'), { recursive: true });
  writeFileSync(join(configDir, 'secrets', 's'), 'secret');
  writeFileSync(
    join(configDir, 'channels.yaml'),
    `channels: [{ name: platform, kind: webhook, title: 市平台, enabled: true, minSeverity: critical, url: 'http://127.0.0.1:1/hook?key=robotkey9', secretFile: secrets/s }]\n`,
  );
}

(executable === null ? describe.skip : describe)('alerts in a browser', () => {
  let system: RunningSystem;
  let browser: Chromium;
  let context: BrowserContext;
  let tabs: Page[];

  beforeAll(async () => {
    system = await RunningSystem.start({ edit: channels });
    const { username, oneTimePassword } = system.administrator!;
    const person = new Browser(system.url);
    await person.signIn(username, oneTimePassword);
    await person.post('/me/password', { current: oneTimePassword, next: PASSWORD });
    await person.signIn(username, PASSWORD);
    browser = await launch(executable!);
    context = await browser.newContext({ viewport: SIZES[0]!, locale: 'zh-CN' });
    await context.addInitScript(WITNESS);
    const [name = '', value = ''] = person.cookie.split('=');
    await context.addCookies([{ name, value, url: system.url }]);
    tabs = [await context.newPage(), await context.newPage()];
    for (const tab of tabs) await tab.goto(system.url);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  let raised = 0;
  /** With nobody else in office the administrators get it. */
  async function raise(severity: string, title: string): Promise<string> {
    const db = await system.db();
    const made = await row<{ id: string }>(
      db,
      `insert into alert (key, kind, severity, title, body, audience, instant_at, created_at)
       values ('b:' || $1, 'warn', $2, $3, '事件正文', '{duty_officer}', app_now(), app_now()) returning id`,
      [String(++raised), severity, title],
    );
    await sendHint(db, CHANNELS.clockChanged, '');
    return made!.id;
  }
  const sum = async (what: string): Promise<number> => {
    let total = 0;
    for (const tab of tabs) total += await tab.evaluate<number>(what);
    return total;
  };
  const notices = () => sum('window.__notices.length');

  it('a critical alert sounds and shows a notice once, however many tabs are open; others do neither', async () => {
    await tabs[0]!.click('[data-test=bell]');
    await tabs[0]!.getByLabel('桌面通知').check();
    await tabs[1]!.reload();
    await raise('warning', '普通预警');
    await until('the warning in the list', async () => (await tabs[0]!.getByText('普通预警').count()) > 0);
    expect([await notices(), await sum('window.__tones')]).toEqual([0, 0]);
    await raise('critical', '【突发事件】化工厂爆炸');
    await until('a notice', async () => (await notices()) > 0);
    await until('the banner in both tabs', async () => (await tabs[0]!.locator('.banner').count()) + (await tabs[1]!.locator('.banner').count()) === 2);
    expect(await notices()).toBe(1);
    expect(await sum('window.__tones')).toBe(3);
    const said = (await Promise.all(tabs.map((t) => t.evaluate<string[]>('window.__notices')))).flat();
    expect(said).toEqual(['【突发事件】化工厂爆炸|事件正文']);
  });

  it('who has it, over which channel, is told on the alert', async () => {
    await tabs[0]!.goto(system.url);
    await tabs[0]!.click('[data-test=bell]');
    await tabs[0]!.getByText('送达情况').first().click();
    await until('the deliveries', async () => /系统管理员网页已送达.*市平台/s.test(await tabs[0]!.locator('[data-test=alert] details').first().innerText().then((t) => t.replace(/\s/g, ''))));
  });

  it.each(SIZES)('预警渠道 at $width × $height: readable by everybody, without the keys of an address', async (size) => {
    const page = tabs[0]!;
    await page.setViewportSize(size);
    await page.goto(`${system.url}/channels`);
    await page.getByText('市平台').waitFor();
    expect((await auditPage(page)).faults).toEqual([]);
    expect(await overflowOf(page)).toBe(0);
    expect(await page.content()).not.toContain('robotkey9');
    await page.getByRole('button', { name: '发送测试消息' }).click();
    await page.getByText('未发出：无法送达：ECONNREFUSED').waitFor();
  });

  it.each(SIZES)('the page of a 签收链接 at $width × $height works without signing in and without scripts', async (size) => {
    const db = await system.db();
    const added = await openAccountBook(db).add({ username: `duty-${size.width}`, displayName: '王值班', role: 'leader' }, 'test');
    if (!added.ok) throw new Error(added.reason);
    const alertId = await raise('critical', `【即将到期】权威信息发布${size.width}`);
    const token = await new ReceiptLinks(db).issue(added.account.id, alertId, 'sms', 1);
    const stranger = await browser.newContext({ viewport: size, javaScriptEnabled: true, locale: 'zh-CN' });
    const page = await stranger.newPage();
    await page.goto(`${system.url}/r/${token}`);
    expect((await auditPage(page)).faults).toEqual([]);
    expect(await overflowOf(page)).toBe(0);
    expect(await page.locator('script').count()).toBe(0);
    await page.getByRole('button', { name: '签收' }).click();
    await page.getByText('已记录您收到本条预警').waitFor();
    await page.goto(`${system.url}/r/${token}`);
    await page.getByText('链接已使用').waitFor();
    expect(await rows(db, 'select 1 from receipt_link where alert_id = $1 and used_at is not null', [alertId])).toHaveLength(1);
    await stranger.close();
  });
});
