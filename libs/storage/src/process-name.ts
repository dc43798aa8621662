let name = 'huiying';

/** Set once by runProcess; shown in pg_stat_activity and log lines. */
export function nameProcess(given: string): void {
  name = `huiying-${given}`;
}

export function processName(): string {
  return name;
}
