import { ROLE_NAMES, type Role } from '@app/domain';

type Json = Record<string, unknown>;

interface Operation {
  operationId: string;
  summary: string;
  tags: string[];
  'x-roles'?: Role[];
  security: Record<string, string[]>[];
  parameters: { name: string; in: string; required: boolean; schema: Json }[];
  requestBody?: { content: Record<string, { schema: Json }> };
  responses: Record<string, { description: string; content?: Record<string, { schema?: Json }> }>;
}

/** The document as one plain page: no script, nothing from elsewhere, within the strictest content policy. */
export function pageOf(document: Json): string {
  const info = document['info'] as { title: string; description: string };
  const paths = document['paths'] as Record<string, Record<string, Operation>>;
  const { schemas } = document['components'] as { schemas: Record<string, Json> };
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, o]) => ({ path, method: method.toUpperCase(), o })),
  );
  const tags = [...new Set(all.map(({ o }) => o.tags[0] ?? ''))].sort();
  const listed = (tag: string): string =>
    all
      .filter(({ o }) => o.tags[0] === tag)
      .map(operation)
      .join('');
  return `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>接口文档 · ${text(info.title)}</title><link rel="stylesheet" href="/api/docs/page.css"></head><body>
<header><h1>${text(info.title)} · 接口文档</h1><p><a href="/api/docs/openapi.json">OpenAPI 3.1（JSON）</a>　<a href="/">返回值班台</a></p>
<pre>${text(info.description)}</pre></header>
<nav aria-label="分组">${tags.map((t) => `<a href="#${t}">${text(t)}</a>`).join('')}<a href="#types">数据类型</a></nav>
<main>${tags.map((t) => `<section id="${t}"><h2>${text(t)}</h2>${listed(t)}</section>`).join('')}
<section id="types"><h2>数据类型</h2>${Object.entries(schemas).map(type).join('')}</section></main></body></html>`;
}

/** Types by their names, which the answers above link to. */
function type([name, schema]: [string, Json]): string {
  return `<details id="type-${text(name)}"><summary><code>${text(name)}</code></summary><pre>${linked(schema)}</pre></details>`;
}

/** Remarks are the code's own and stay in the JSON. */
function linked(schema: Json): string {
  const written = JSON.stringify(schema, (key, value: unknown) => (key === '$comment' ? undefined : value), 1);
  return text(written).replace(/&#34;#\/components\/schemas\/(\w+)&#34;/g, '<a href="#type-$1">$1</a>');
}

function operation({ path, method, o }: { path: string; method: string; o: Operation }): string {
  const scopes = o.security.flatMap((s) => s['token'] ?? []);
  const roles = o['x-roles'];
  const who = [
    roles === undefined ? '无须登录' : roles.length > 0 ? `角色：${roles.map((r) => ROLE_NAMES[r]).join('、')}` : '',
    scopes.length > 0 ? `令牌权限：${scopes.join(' 或 ')}` : '',
  ].filter((w) => w !== '');
  const body = o.requestBody?.content['application/json']?.schema;
  return `<details><summary><b class="${method}">${method}</b> <code>${text(path)}</code> <span>${text(o.summary)}</span></summary>
<p>${who.map(text).join('；')}</p>${parameters(o.parameters)}
${body ? `<h3>请求内容</h3><pre>${text(JSON.stringify(body, null, 1))}</pre>` : ''}
<h3>答复</h3><ul>${Object.entries(o.responses).map(answer).join('')}</ul></details>`;
}

function answer([status, r]: [string, Operation['responses'][string]]): string {
  const kinds = Object.entries(r.content ?? {}).map(([type, { schema }]) => {
    if (schema === undefined) return `<code>${text(type)}</code>`;
    const name = typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1)! : null;
    return name === null ? `<pre>${linked(schema)}</pre>` : `<a href="#type-${text(name)}">${text(name)}</a>`;
  });
  return `<li><code>${status === 'default' ? '其他' : status}</code> ${text(r.description)} ${kinds.join(' ')}</li>`;
}

function parameters(all: Operation['parameters']): string {
  if (all.length === 0) return '';
  const rows = all.map(
    (p) =>
      `<tr><td><code>${text(p.name)}</code></td><td>${text(p.in)}</td><td>${p.required ? '必填' : '可选'}</td><td><code>${text(JSON.stringify(p.schema))}</code></td></tr>`,
  );
  return `<div class="wide"><table><thead><tr><th>参数</th><th>位置</th><th></th><th>允许</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

const text = (s: string): string => s.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

export const PAGE_STYLE = `:root{color-scheme:light dark;--ink:#1b2430;--soft:#5b6675;--line:#d8dde4;--page:#f6f7f9;--card:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#a3adba;--line:#36404d;--page:#14181e;--card:#1d232b}}
body{margin:0 auto;max-width:1080px;padding:16px;font:15px/1.6 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;color:var(--ink);background:var(--page)}
h1{font-size:1.5rem}h2{margin:28px 0 8px;font-size:1.15rem}h3{margin:12px 0 4px;font-size:1rem}
a{color:inherit}nav{display:flex;flex-wrap:wrap;gap:4px 14px;padding:8px 0;border-block:1px solid var(--line)}
details{margin:6px 0;border:1px solid var(--line);border-radius:6px;background:var(--card);padding:0 12px}
summary{padding:8px 0;cursor:pointer;overflow-wrap:anywhere}summary span{color:var(--soft)}
summary b{display:inline-block;min-width:4.2em}
pre{overflow:auto;max-height:420px;padding:10px;border-radius:6px;background:var(--page);white-space:pre-wrap;overflow-wrap:anywhere}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}td,th{padding:4px 8px;border-top:1px solid var(--line);text-align:left;vertical-align:top;overflow-wrap:anywhere}
ul{padding-left:1.2em}`;
