/** 1 province, 2 prefecture, 3 county, 4 township or another name the deployment adds. */
export type DivisionLevel = 1 | 2 | 3 | 4;

/** An administrative division (行政区划) as GB/T 2260 numbers it; townships carry nine digits. */
export interface Division {
  code: string;
  name: string;
  level: DivisionLevel;
}

/** How far a place lies from the deployment's own region, by the hierarchy of divisions. */
export const PLACE_RELATIONS = ['own', 'within', 'same-city', 'same-province', 'elsewhere', 'abroad', 'unknown'] as const;
export type PlaceRelation = (typeof PLACE_RELATIONS)[number];

/** The deployment's own region. It may be missing from GB/T 2260 (a development zone, the demonstration): then `name` says it. */
export interface OwnRegion {
  /** Six digits. */
  code: string;
  /** Needed when the code is not in the table. */
  name?: string;
  /** Divisions above it that are not in the table either, by their codes. */
  above?: { code: string; name: string }[];
  /** Towns, villages, roads, estates: names that mean this region when nothing in the text says otherwise. */
  names?: string[];
}

/**
 * Codes from the one itself to its province: `360734` → `360734`, `360700`, `360000`. Counties directly under a
 * province (419001, 469001 …) and the districts of the four municipalities have no prefecture between.
 */
export function chainOf(code: string): string[] {
  const chain = [code];
  if (code.length > 6) chain.push(code.slice(0, 6));
  const county = code.slice(0, 6);
  if (!county.endsWith('00') && !hasNoPrefecture(county)) chain.push(`${county.slice(0, 4)}00`);
  if (!county.endsWith('0000')) chain.push(`${county.slice(0, 2)}0000`);
  return chain;
}

/** 北京, 天津, 上海, 重庆; and the 90 of counties a province leads itself. */
export function hasNoPrefecture(code: string): boolean {
  return /^(?:11|12|31|50)/.test(code) || code.slice(2, 4) === '90';
}

/** Whether `above` is `code` or one of the divisions over it. */
export function covers(above: string, code: string): boolean {
  return chainOf(code).includes(above);
}

/** 香港, 澳门, 台湾: outside of what a mainland government answers for (codebook section 1). */
export function isOverBorder(code: string): boolean {
  return /^(?:71|81|82)/.test(code);
}

/** The distance of a place from the own region; `null` is a place nobody could tell. */
export function relationTo(own: string, code: string | null): PlaceRelation {
  if (code === null) return 'unknown';
  if (code === own) return 'own';
  if (isOverBorder(code)) return 'abroad';
  if (covers(own, code)) return 'within';
  if (cityOf(own) !== null && cityOf(own) === cityOf(code)) return 'same-city';
  return own.slice(0, 2) === code.slice(0, 2) ? 'same-province' : 'elsewhere';
}

/** The prefecture of a code; a municipality is its own; null for a province and what it leads directly. */
function cityOf(code: string): string | null {
  if (/^(?:11|12|31|50)/.test(code)) return `${code.slice(0, 2)}0000`;
  if (code.slice(2, 4) === '90' || code.endsWith('0000')) return null;
  return `${code.slice(0, 4)}00`;
}

const NATIONALITIES =
  '朝鲜族|土家族|苗族|藏族|羌族|彝族|侗族|布依族|哈尼族|壮族|傣族|白族|景颇族|傈僳族|回族|蒙古族|蒙古|柯尔克孜|哈萨克族|哈萨克|瑶族|满族|土族|撒拉族|东乡族|保安族|裕固族|仡佬族|水族|毛南族|仫佬族|畲族|黎族|佤族|拉祜族|布朗族|纳西族|普米族|独龙族|怒族|锡伯族|锡伯|达斡尔族|塔吉克|维吾尔|各族';
const AUTONOMOUS = new RegExp(`(?:${NATIONALITIES})*自治[州县旗]$`);

/** The names people use: 北京 for 北京市, 恩施 for 恩施土家族苗族自治州, 寻乌 for 寻乌县. Null when nothing usable is left. */
export function shortNameOf({ name, level }: Division): string | null {
  if (level === 4) return null;
  const short = name
    .replace(/^(内蒙古|广西|西藏|宁夏|新疆).*自治区$/, '$1')
    .replace(AUTONOMOUS, '')
    .replace(/(?:特别行政区|林区|特区|地区|省|市|盟|县|区|旗)$/, '');
  return short.length >= 2 && short !== name ? short : null;
}
