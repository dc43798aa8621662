import { beijingText } from '@app/domain';
import { timeLeft } from '@app/notify';
import type { ReceiptLink } from '@app/response';

const SEVERITY = { info: ['提示', '#475569'], warning: ['预警', '#92400e'], critical: ['紧急', '#b42318'] } as const;

/** What is to be signed for, and the button. */
export function openPage(system: string, link: ReceiptLink): string {
  const [word, colour] = SEVERITY[link.severity];
  const who = `${link.holder.displayName}${link.holder.departmentName === null ? '' : `（${link.holder.departmentName}）`}`;
  return page(
    system,
    '签收预警',
    `<p class="mark" style="background:${colour}">${word}</p>
<h1>${escaped(link.title)}</h1>
<dl>${facts(link)}</dl>
<form method="post"><button>签收</button></form>
<p class="small">签收人：${escaped(who)}。点“签收”即记录您已收到，并记入签收时限。本链接限您本人使用，一次有效。</p>`,
  );
}

export function signedPage(system: string, link: ReceiptLink, forCase: boolean): string {
  const done = forCase ? '已为本单位签收本事件，并已记入签收时限。' : '已记录您收到本条预警，不再因此向上级报送。';
  return page(
    system,
    '已签收',
    `<p class="mark" style="background:#166534">已签收</p>
<h1>${escaped(link.title)}</h1>
<p>${done}</p>
<dl><dt>签收人</dt><dd>${escaped(link.holder.displayName)}</dd><dt>签收时间</dt><dd>${beijingText(link.now)}</dd>${facts(link)}</dl>
<p class="small">可以关闭本页。办理请登录系统。</p>`,
  );
}

/** Why a link no longer does anything; null: there is no such link. */
export function gonePage(system: string, link: ReceiptLink | null): string {
  const [title, text] =
    link === null
      ? ['链接无效', '没有这个签收链接。请核对短信或邮件中的完整地址，或登录系统签收。']
      : link.state === 'used'
        ? ['链接已使用', `已于 ${usedText(link)} 签收。签收链接一次有效，再次打开不会重复签收。`]
        : ['链接已过期', '本链接已过有效期，没有签收。请登录系统签收，或使用之后收到的链接。'];
  return page(system, title, `<h1>${title}</h1><p>${escaped(text)}</p>`);
}

const usedText = ({ usedAt }: ReceiptLink): string => (usedAt === null ? '此前' : beijingText(new Date(usedAt)));

function facts({ caseTitle, caseCode, dutyTitle, dueAt, now }: ReceiptLink): string {
  const rows: [string, string | null][] = [
    ['事件', caseTitle === null ? null : `${caseTitle}（${caseCode ?? ''}）`],
    ['责任', dutyTitle],
    ['最迟', dueAt === null ? null : `${beijingText(dueAt)}，${timeLeft(dueAt, now)}`],
  ];
  return rows.flatMap(([name, value]) => (value === null ? [] : `<dt>${name}</dt><dd>${escaped(value)}</dd>`)).join('');
}

const STYLE = `:root{color-scheme:light}*{box-sizing:border-box}body{margin:0;background:#eef1f5;color:#16202c;font:17px/1.6 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
main{max-width:520px;margin:0 auto;padding:20px 16px 32px}header{color:#46566a;font-size:15px;margin-bottom:12px}
section{background:#fff;border:1px solid #d5dce5;border-radius:10px;padding:20px 18px}h1{font-size:20px;line-height:1.4;margin:8px 0 14px;overflow-wrap:anywhere}
p{margin:0 0 12px}.mark{display:inline-block;margin:0;padding:1px 12px;border-radius:4px;color:#fff;font-weight:600}dl{margin:0 0 18px}dt{color:#46566a;font-size:15px}dd{margin:0 0 10px;overflow-wrap:anywhere}
button{width:100%;padding:14px;border:0;border-radius:8px;background:#1d4ed8;color:#fff;font:inherit;font-size:19px;font-weight:600;cursor:pointer}button:focus-visible{outline:3px solid #93b4f5;outline-offset:2px}
.small{margin:14px 0 0;color:#46566a;font-size:15px}`;

function page(system: string, title: string, body: string): string {
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex,nofollow"><title>${title} · 回应</title><style>${STYLE}</style></head>
<body><main><header>回应 · ${escaped(system)}</header><section>
${body}
</section></main></body></html>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
