import { z } from 'zod';
import type { Need } from '../apps/gateway/src/allow';
import type { Route } from '../apps/gateway/src/route-book';

/**
 * Every route of the gateway and the action it needs, written by hand: a new route without a row here fails the tests of
 * rights, of the second county and of bad input, until somebody has thought about it.
 */
export const ROUTES: Record<string, Need> = {
  'GET /api/docs': 'open',
  'GET /api/docs/openapi.json': 'open',
  'GET /api/docs/page.css': 'open',
  'GET /api/v1/accountability': 'accountability.read',
  'POST /api/v1/accountability/:clockId': 'accountability.decide',
  'GET /api/v1/accountability/decisions/:id/file': 'accountability.read',
  'GET /api/v1/alerts': 'alert.read',
  'GET /api/v1/alerts/:id/deliveries': 'alert.read',
  'POST /api/v1/alerts/:id/read': 'own.use',
  'POST /api/v1/alerts/read-all': 'own.use',
  'GET /api/v1/assessments/:year': 'assessment.read',
  'POST /api/v1/assessments/:year/marks': 'assessment.mark',
  'POST /api/v1/assessments/:year/appeals': 'assessment.appeal',
  'POST /api/v1/assessments/appeals/:id/answer': 'assessment.answer',
  'GET /api/v1/audit': 'audit.read',
  'GET /api/v1/audit/export': 'audit.read',
  'GET /api/v1/audit/verify': 'audit.read',
  'GET /api/v1/backtests': 'backtest.read',
  'POST /api/v1/backtests': 'backtest.run',
  'GET /api/v1/backtests/:id': 'backtest.read',
  'GET /api/v1/board': 'board.read',
  'GET /api/v1/calendar/:year': 'calendar.read',
  'GET /api/v1/calendar/notices': 'calendar.read',
  'POST /api/v1/calendar/notices': 'calendar.load',
  'POST /api/v1/calendar/notices/preview': 'calendar.load',
  'GET /api/v1/cases': 'case.read',
  'GET /api/v1/cases/:id': 'case.read',
  'POST /api/v1/cases/:id/archive': 'case.close',
  'POST /api/v1/cases/:id/assign': 'case.assign',
  'POST /api/v1/cases/:id/begin': 'case.sign-for',
  'GET /api/v1/cases/:id/drafts': 'case.read',
  'GET /api/v1/cases/:id/report-up': 'case.read',
  'POST /api/v1/cases/:id/drafts': 'draft.write',
  'POST /api/v1/cases/:id/drafts/:draftId/register': 'case.evidence',
  'POST /api/v1/cases/:id/drafts/:draftId/review': 'draft.first',
  'POST /api/v1/cases/:id/drafts/:draftId/versions': 'draft.write',
  'POST /api/v1/cases/:id/drafts/:draftId/withdraw': 'draft.write',
  'POST /api/v1/cases/:id/reopen': 'case.reopen',
  'POST /api/v1/cases/:id/transfer': 'case.transfer',
  'GET /api/v1/cases/:id/spread': 'case.read',
  'GET /api/v1/rules/what-if': 'rule.read',
  'GET /api/v1/search/ready': 'item.read',
  'GET /api/v1/ledgers/:id/file': 'ledger.read',
  'GET /api/v1/matters/file': 'case.read',
  'GET /api/v1/site-findings': 'source.read',
  'POST /api/v1/cases/:id/close': 'case.close',
  'POST /api/v1/cases/:id/confirm': 'case.override',
  'POST /api/v1/cases/:id/evidence': 'case.evidence',
  'GET /api/v1/cases/:id/effect': 'case.read',
  'GET /api/v1/cases/:id/report': 'case.read',
  'GET /api/v1/cases/:id/evidence-proposals': 'case.read',
  'POST /api/v1/cases/:id/evidence-proposals/:proposalId/confirm': 'case.evidence',
  'POST /api/v1/cases/:id/evidence-proposals/:proposalId/drop': 'case.evidence',
  'GET /api/v1/cases/:id/evidence/:evidenceId/file': 'case.read',
  'GET /api/v1/cases/:id/files/:fileId': 'item.file',
  'POST /api/v1/cases/:id/merge': 'case.override',
  'POST /api/v1/cases/:id/override': 'case.override',
  'POST /api/v1/cases/:id/reject': 'case.reject',
  'POST /api/v1/cases/:id/relieve': 'case.assign',
  'POST /api/v1/cases/:id/reply': 'case.reply',
  'POST /api/v1/cases/:id/return': 'case.return',
  'POST /api/v1/cases/:id/review': 'review.decide',
  'POST /api/v1/cases/:id/sign-for': 'case.sign-for',
  'GET /api/v1/cases/:id/similar': 'case.read',
  'POST /api/v1/cases/:id/split': 'case.override',
  'POST /api/v1/cases/:id/support': 'case.assign',
  'POST /api/v1/cases/:id/unmerge': 'case.override',
  'GET /api/v1/cases/:id/warc': 'item.reveal',
  'GET /api/v1/site-findings/:id/warc': 'item.reveal',
  'GET /api/v1/channels': 'channel.read',
  'POST /api/v1/channels/:name/test': 'channel.test',
  'GET /api/v1/clocks/:id/derivation': 'clock.read',
  'POST /api/v1/clocks/:id/extend': 'clock.extend',
  'POST /api/v1/clocks/:id/resume': 'clock.resume',
  'POST /api/v1/clocks/:id/suspend': 'clock.suspend',
  'GET /api/v1/departments': 'department.read',
  'GET /api/v1/entries/:id': 'item.enter',
  'GET /api/v1/handovers': 'handover.read',
  'POST /api/v1/handovers': 'handover.write',
  'POST /api/v1/handovers/:id/take': 'handover.write',
  'GET /api/v1/inbox/:id': 'item.push',
  'GET /api/v1/items': 'item.read',
  'POST /api/v1/items': 'item.push',
  'POST /api/v1/items/:id/reveal': 'item.reveal',
  'POST /api/v1/items/:id/review': 'review.decide',
  'POST /api/v1/items/manual': 'item.enter',
  'GET /api/v1/ladders': 'rule.read',
  'GET /api/v1/ledgers': 'ledger.read',
  'POST /api/v1/ledgers': 'ledger.import',
  'GET /api/v1/ledgers/:id': 'ledger.read',
  'POST /api/v1/ledgers/preview': 'ledger.import',
  'POST /api/v1/ledgers/preview-file': 'ledger.import',
  'POST /api/v1/ledgers/tasks/:id/start': 'matter.start',
  'GET /api/v1/matters': 'case.read',
  'POST /api/v1/matters': 'matter.start',
  'GET /api/v1/me': 'own.use',
  'POST /api/v1/me/password': 'own.use',
  'GET /api/v1/me/tokens': 'own.use',
  'POST /api/v1/me/tokens': 'own.use',
  'DELETE /api/v1/me/tokens/:id': 'own.use',
  'GET /api/v1/me/views': 'own.use',
  'POST /api/v1/me/views': 'own.use',
  'DELETE /api/v1/me/views/:id': 'own.use',
  'GET /api/v1/overrides/export': 'override.read',
  'GET /api/v1/quality': 'quality.read',
  'GET /api/v1/review': 'review.read',
  'GET /api/v1/reports': 'report.read',
  'GET /api/v1/reports/:id/file': 'report.read',
  'GET /api/v1/reports/now': 'report.read',
  'GET /api/v1/roster': 'roster.read',
  'POST /api/v1/roster': 'roster.write',
  'DELETE /api/v1/roster/:id': 'roster.write',
  'POST /api/v1/roster/:id/stand-in': 'roster.write',
  'POST /api/v1/roster/plan': 'roster.write',
  'POST /api/v1/roster/plan/preview': 'roster.write',
  'GET /api/v1/rules': 'rule.read',
  'DELETE /api/v1/session': 'own.use',
  'POST /api/v1/session': 'open',
  'POST /api/v1/source-probes': 'source.try',
  'GET /api/v1/source-probes/:id': 'source.try',
  'GET /api/v1/sources': 'source.read',
  'POST /api/v1/sources': 'source.write',
  'DELETE /api/v1/sources/:name': 'source.write',
  'GET /api/v1/sources/:name': 'source.read',
  'PUT /api/v1/sources/:name': 'source.write',
  'POST /api/v1/sources/:name/enabled': 'source.write',
  'GET /api/v1/stats/months/:month': 'stats.read',
  'GET /api/v1/stats/months/:month/cases': 'case.read',
  'GET /api/v1/stats/months/:month/file': 'stats.read',
  'GET /api/v1/stats/months/:month/late': 'stats.read',
  'GET /api/v1/stats/months/:month/proof': 'report.read',
  'GET /api/v1/tokens': 'token.read',
  'POST /api/v1/tokens': 'token.write',
  'DELETE /api/v1/tokens/:id': 'token.write',
  'GET /api/v1/users': 'user.read',
  'POST /api/v1/users': 'user.write',
  'PUT /api/v1/users/:id': 'user.write',
  'PUT /api/v1/users/:id/contact': 'user.write',
  'POST /api/v1/users/:id/disable': 'user.write',
  'POST /api/v1/users/:id/reset-password': 'user.write',
  'GET /api/v1/oidc': 'open',
  'GET /api/v1/oidc/callback': 'open',
  'GET /api/v1/oidc/start': 'open',
  'GET /api/v1/wall': 'stats.read',
  'GET /api/v1/webhooks': 'webhook.read',
  'POST /api/v1/webhooks/:name/resume': 'webhook.write',
  'POST /api/v1/items/import': 'item.import',
  'POST /api/v1/items/import/preview': 'item.import',
  'POST /api/v1/departments/import': 'department.write',
  'POST /api/v1/departments/import/preview': 'department.write',
  'POST /api/v1/users/import': 'user.write',
  'POST /api/v1/users/import/preview': 'user.write',
  'GET /health': 'open',
  'GET /health/live': 'open',
  'GET /health/ready': 'open',
  'GET /metrics': 'open',
  'GET /r/:token': 'open',
  'POST /r/:token': 'open',
};

export const nameOf = (route: Pick<Route, 'method' | 'path'>): string => `${route.method} ${route.path}`;

/** What JSON Schema says of a schema's input. */
export interface Shape {
  type?: string;
  anyOf?: Shape[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  exclusiveMinimum?: number;
  items?: Shape;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Shape>;
  required?: string[];
}

export function shapeOf(schema: z.ZodType): Shape {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape;
}

/** What a query needs beyond its schema, e.g. a span that makes sense. */
export const QUERIES: Record<string, string> = {
  'GET /api/v1/ledgers/:id/file': '?form=docx',
  'GET /api/v1/roster': '?from=2026-11-01T00:00:00%2B08:00&to=2026-12-01T00:00:00%2B08:00',
  'GET /api/v1/reports/:id/file': '?form=docx',
  'GET /api/v1/reports/now': '?kind=day',
  'GET /api/v1/stats/months/:month/file': '?form=docx',
};

/** Bodies that need more than their schema says. */
export const BODIES: Record<string, Record<string, unknown>> = {
  'POST /api/v1/cases/:id/evidence': { kind: 'release', title: '通报', happenedAt: '2026-11-20T08:00:00+08:00', url: 'https://www.example.gov.cn/1' },
  'POST /api/v1/source-probes': { url: 'https://www.example.gov.cn/feed' },
};

/** A body (or a part of one) that its schema takes: what is required, and nothing else. */
export function sampleOf(shape: Shape): unknown {
  if (shape.const !== undefined) return shape.const;
  if (shape.enum) return shape.enum[0];
  if (shape.anyOf) return sampleOf(shape.anyOf.find((s) => s.type !== 'null') ?? shape.anyOf[0]!);
  if (shape.type === 'string') return sampleText(shape);
  if (shape.type === 'boolean') return true;
  if (shape.type === 'integer' || shape.type === 'number') return shape.minimum ?? (shape.exclusiveMinimum ?? 0) + 1;
  if (shape.type === 'array') return (shape.minItems ?? 0) > 0 ? [sampleOf(shape.items ?? {})] : [];
  if (shape.type === 'object' || shape.properties)
    return Object.fromEntries((shape.required ?? []).map((key) => [key, sampleOf(shape.properties?.[key] ?? {})]));
  return {};
}

function sampleText({ format, pattern, minLength = 0 }: Shape): string {
  if (format === 'date-time') return '2026-11-20T08:00:00+08:00';
  if (format === 'date') return '2026-11-20';
  if (pattern?.includes('[1-9]')) return '999999999';
  return 'aa'.padEnd(minLength, 'a');
}
