/** A scheduled report that was made, as the page lists it. Instants are ISO 8601, +08:00. */
export interface WireReportRun {
  id: string;
  schedule: string;
  period: string;
  title: string;
  dueAt: string;
  state: 'due' | 'sent' | 'made' | 'failed';
  attempts: number;
  madeAt: string | null;
  sentAt: string | null;
  sentTo: string[];
  lastFault: string | null;
  word: boolean;
  sheet: boolean;
}
