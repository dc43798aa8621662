/**
 * Hides what identifies a person where a text is read by people (003 任务7): numbers of phones, identity cards,
 * bank cards and vehicles. Positions move: label reasons refer to the raw text.
 */
const RULES: readonly { pattern: RegExp; mask: (found: string, ...groups: string[]) => string }[] = [
  // 居民身份证 (GB 11643): 18 places, or 15 of the old form.
  {
    pattern: /(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d\d{3}[\dXx](?![0-9A-Za-z])/g,
    mask: (id) => `${id.slice(0, 3)}***********${id.slice(-2)}`,
  },
  {
    pattern: /(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)/g,
    mask: (phone) =>
      `${phone
        .replace(/\D/g, '')
        .replace(/^86(?=1\d{10}$)/, '')
        .slice(0, 3)}****${phone.slice(-4)}`,
  },
  { pattern: /(?<!\d)0\d{2,3}[- ]\d{7,8}(?!\d)/g, mask: (phone) => `${phone.slice(0, 4)}****${phone.slice(-3)}` },
  { pattern: /(?<!\d)\d{16,19}(?!\d)/g, mask: (card) => `${card.slice(0, 4)}********${card.slice(-4)}` },
  // 机动车号牌: province, letter, five or six places.
  {
    pattern:
      /([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z])[·\s]?[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳](?![0-9A-Za-z])/g,
    mask: (_, head) => `${head}·*****`,
  },
];

export function maskText(text: string): string {
  return RULES.reduce((masked, { pattern, mask }) => masked.replace(pattern, mask), text);
}
