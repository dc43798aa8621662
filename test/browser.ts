import { existsSync, readFileSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'];

/**
 * The machine's own browser, or HUIYING_BROWSER; null where there is none. Nothing is downloaded.
 * @throws Error in CI, where a missing browser must not pass as tests that were skipped
 */
export function findBrowser(): string | null {
  const named = process.env.HUIYING_BROWSER;
  const found = [...(named ? [named] : []), ...PLACES].find((path) => existsSync(path)) ?? null;
  if (found === null && process.env.CI) throw new Error('no browser in CI: install chromium, or name one in HUIYING_BROWSER');
  return found;
}

export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    // Without a UTF-8 locale Chromium names a download with a Chinese name just `download`.
    env: { ...process.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Findings of axe-core against WCAG 2.2 A and AA, of every weight, one line each; `rules` says how many rules ran. */
export async function auditPage(page: Page): Promise<{ faults: string[]; rules: number }> {
  await page.evaluate(`${axeSource};0`);
  const found = (await page.evaluate(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
       .then((r) => ({ rules: r.passes.length + r.violations.length, violations: r.violations }))`,
  )) as { rules: number; violations: { impact: string; id: string; nodes: { html: string }[] }[] };
  return { faults: found.violations.map((v) => `${v.id} ×${v.nodes.length}: ${v.nodes[0]?.html.slice(0, 160)}`), rules: found.rules };
}

/** Polls from outside: the page's content policy forbids what a waiting function inside it would need. */
export async function until(what: string, done: () => Promise<boolean>, withinMs = 20_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await done().catch(() => false))) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Width that would need sideways scrolling, in CSS pixels; 0 is right. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate('Math.max(0, document.documentElement.scrollWidth - window.innerWidth)');
}
