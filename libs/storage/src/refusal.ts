/**
 * Trouble of a row or of the code that works on it, in contrast to a lost connection, a restart of the server
 * (SQLSTATE 08, 57, 58), a lack of means (53) or a lost race (40), after which the same work is tried again.
 */
export function isRefusal(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  if (code !== undefined) return /^[0-9FHPX][0-9A-Z]{4}$/.test(code) && !/^(08|40|53|57|58|XX)/.test(code);
  return !/connection|timeout|terminated|driver|closed/i.test(message ?? '');
}
