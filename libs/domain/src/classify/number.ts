/**
 * Numbers as Chinese news writes them, read as CODEBOOK section 3 says: 余/多/近/约/至少/超过 N count as
 * N; 十几 = 11; 数十 = 20; 上百 = 100.
 */
const DIGITS: Record<string, number> = { 零: 0, 〇: 0, 一: 1, 二: 2, 两: 2, 三: 3, 四: 4, 五: 5, 六: 6, 七: 7, 八: 8, 九: 9, 俩: 2, 仨: 3 };
const UNITS: Record<string, number> = { 十: 10, 百: 100, 千: 1000, 万: 10_000, 亿: 100_000_000 };
const VAGUE: Record<string, number> = { 十几: 11, 十多: 11, 十余: 11, 数十: 20, 几十: 20, 上百: 100, 数百: 200, 几百: 200, 近百: 100, 百余: 101, 百多: 101, 上千: 1000, 数千: 2000, 几千: 2000, 近千: 1000, 千余: 1001, 上万: 10_000, 数万: 20_000, 几万: 20_000, 近万: 10_000, 万余: 10_001, 逾百: 101, 逾千: 1001 };

/** Source of a pattern that matches one number; use it inside other patterns. */
export const NUMBER =
  '(?:十几|数十|几十|上百|数百|几百|近百|百余|百多|逾百|上千|数千|几千|近千|千余|逾千|上万|数万|几万|近万|万余|[0-9]+(?:[,，][0-9]{3})*(?:\\.[0-9]+)?[百千万亿]*|[一二两三四五六七八九十百][一二两三四五六七八九十百千万亿零〇]*|[俩仨])';

/** The value of a number as `NUMBER` matches it; null when it is none. */
export function parseNumber(source: string): number | null {
  const text = source.trim();
  const vague = VAGUE[text];
  if (vague !== undefined) return vague;
  const arabic = /^([0-9][0-9,，]*(?:\.[0-9]+)?)([百千万亿]*)$/.exec(text);
  if (arabic !== null) {
    let value = Number(arabic[1]!.replace(/[,，]/g, ''));
    for (const unit of arabic[2]!) value *= UNITS[unit]!;
    return Number.isFinite(value) ? value : null;
  }
  return parseHan(text);
}

function parseHan(text: string): number | null {
  if (text === '') return null;
  if (text.length > 1 && /^[一二三四五六七八九零〇]+$/.test(text)) {
    // Read digit by digit: 二〇二四, 一二三.
    let value = 0;
    for (const ch of text.slice(0, 12)) value = value * 10 + DIGITS[ch]!;
    return value;
  }
  let total = 0;
  let section = 0;
  let digit = -1;
  let lastUnit = 1;
  for (const ch of text) {
    const d = DIGITS[ch];
    if (d !== undefined) {
      digit = d;
      continue;
    }
    const unit = UNITS[ch];
    if (unit === undefined) return null;
    if (unit >= 10_000) {
      total = (total + section + Math.max(digit, 0) || 1) * unit;
      section = 0;
    } else {
      section += (digit < 0 ? 1 : digit) * unit;
    }
    digit = -1;
    lastUnit = unit;
  }
  // 三万五 = 35,000, 一百二 = 120: a last digit stands one unit below.
  if (digit > 0 && lastUnit >= 100 && !text.includes('零') && text.length <= 4) return total + section + digit * (lastUnit / 10);
  return total + section + Math.max(digit, 0);
}
