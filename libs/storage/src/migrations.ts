/**
 * The explicit order of migrations. HOW TO ADD ONE: put hand-written SQL beside 0001 as
 * `NNNN-<noun>.sql` and append its name. A file that was released is never edited: its checksum is kept.
 */
export const MIGRATIONS: readonly string[] = [
  '0001-spine.sql',
  '0002-sign-in.sql',
  '0003-request-key.sql',
  '0004-label-override.sql',
  '0005-calendar-notice.sql',
  '0006-source-pace.sql',
  '0007-case-move.sql',
  '0008-source-health.sql',
  '0009-inbox.sql',
  '0010-page-snapshot.sql',
  '0011-evidence-proposal.sql',
  '0012-inbox-retry.sql',
  '0030-source-definition.sql',
  '0031-handed-file.sql',
  '0035-token.sql',
  '0036-webhook.sql',
  '0040-case-unit.sql',
  '0045-account-phone.sql',
  '0046-alert-message.sql',
  '0047-receipt-link.sql',
  '0050-month-fold.sql',
  '0051-report.sql',
  '0052-assessment.sql',
  '0053-accountability.sql',
  '0054-backtest.sql',
  '0055-desk.sql',
  '0060-matter.sql',
  '0061-site-check.sql',
];
