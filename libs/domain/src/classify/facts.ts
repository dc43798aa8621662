import * as P from './fact-patterns';
import { parseNumber } from './number';
import { ANCHOR, type Sentence } from './sentences';

export { ANCHOR, splitSentences, type Sentence } from './sentences';

/** One figure with the words it was read from (positions in the folded text). */
export interface Figure {
  value: number;
  start: number;
  end: number;
}

/** What the text states in numbers. `dead` has the missing counted in (CODEBOOK section 3). */
export interface Facts {
  dead: Figure | null;
  killed: Figure | null;
  missing: Figure | null;
  injured: Figure | null;
  seriouslyInjured: Figure | null;
  poisoned: Figure | null;
  evacuated: Figure | null;
  /** Direct loss in yuan. */
  loss: Figure | null;
  magnitude: Figure | null;
  trapped: Figure | null;
  households: Figure | null;
  workers: Figure | null;
  victims: Figure | null;
  gathered: Figure | null;
  /** 「无人员伤亡」 and its like. */
  noCasualties: Figure | null;
}

interface Reading {
  chars: string;
  sentences: Sentence[];
  /** Sentences of an old year are read only when nothing newer gives the figure. */
  old: boolean[];
}

/** `referenceYear`: the year of publication; null when unknown (then the newest year in the text). */
export function extractFacts(chars: string, sentences: Sentence[], referenceYear: number | null): Facts {
  const r: Reading = { chars, sentences, old: markOld(chars, sentences, referenceYear) };
  const killed = readDead(r);
  const missing = readMissing(r);
  const injuries = readInjured(r);
  const noCasualties = findFirst(r, ANCHOR.none | ANCHOR.death | ANCHOR.injury, P.NO_CASUALTIES);
  return {
    killed,
    missing,
    dead: joinDead(r, killed, missing),
    ...injuries,
    evacuated: readMax(r, ANCHOR.move, [P.EVACUATED]),
    loss: readLoss(r),
    magnitude: readMagnitude(r),
    trapped: readMax(r, ANCHOR.missing, [P.TRAPPED]),
    households: readMax(r, ANCHOR.many, [P.HOUSEHOLDS]),
    workers: readMax(r, ANCHOR.many, [P.WORKERS]),
    victims: readMax(r, ANCHOR.many, [P.VICTIMS]),
    gathered: readMax(r, ANCHOR.many, [P.GATHERED]),
    noCasualties,
  };
}

function markOld(chars: string, sentences: Sentence[], referenceYear: number | null): boolean[] {
  const years = sentences.map((s) => {
    const found = [...chars.slice(s.start, s.end).matchAll(P.YEAR)].map((m) => Number(m[1]));
    return found.length === 0 ? null : Math.max(...found);
  });
  const newest = referenceYear ?? years.reduce<number>((a, y) => Math.max(a, y ?? 0), 0);
  return years.map((y) => y !== null && y < newest - 1);
}
type Visit = (m: RegExpExecArray, base: number) => void;

/** `needs`: what a sentence must hold for the pattern to match. */
function each(r: Reading, anchors: number, pattern: RegExp, visit: Visit, old = false, needs?: string): void {
  for (let k = 0; k < r.sentences.length; k++) {
    const s = r.sentences[k]!;
    if ((s.anchors & anchors) === 0 || !s.numeral || r.old[k] !== old) continue;
    if (needs !== undefined && !r.chars.slice(s.start, s.end).includes(needs)) continue;
    const part = r.chars.slice(s.start, s.end);
    pattern.lastIndex = 0;
    for (let m = pattern.exec(part); m !== null; m = pattern.exec(part)) {
      visit(m, s.start);
      if (m[0].length === 0) pattern.lastIndex++;
    }
  }
}

function figureOf(m: RegExpExecArray, base: number, source: string | undefined): Figure | null {
  const value = source === undefined ? null : parseNumber(source);
  return value === null ? null : { value, start: base + m.index, end: base + m.index + m[0].length };
}

const larger = (a: Figure | null, b: Figure | null): Figure | null => (b !== null && (a === null || b.value > a.value) ? b : a);

function firstGroup(m: RegExpExecArray): string | undefined {
  for (let g = 1; g < m.length; g++) if (m[g] !== undefined && parseNumber(m[g]!) !== null) return m[g];
  return undefined;
}

function readMax(r: Reading, anchors: number, patterns: RegExp[]): Figure | null {
  for (const old of [false, true]) {
    let best: Figure | null = null;
    for (const p of patterns) each(r, anchors, p, (m, base) => (best = larger(best, figureOf(m, base, firstGroup(m)))), old);
    if (best !== null) return best;
  }
  return null;
}

function readDead(r: Reading): Figure | null {
  for (const old of [false, true]) {
    let corrected: Figure | null = null;
    each(r, ANCHOR.death, P.CORRECTED, (m, base) => (corrected = figureOf(m, base, m[1]) ?? corrected), old, '为');
    if (corrected !== null) return corrected;
    const best = largestDead(r, old);
    if (best !== null) return best;
  }
  return null;
}

function largestDead(r: Reading, old: boolean): Figure | null {
  let best: Figure | null = null;
  const verbs = new Set<number>();
  const parts = new Map<string, Figure>();
  const before: Visit = (m, base) => {
    const figure = figureOf(m, base, m[1]);
    if (figure === null || isHypothetical(r.chars, figure) || isDoer(r.chars, figure)) return;
    verbs.add(figure.end - m[2]!.length);
    best = larger(best, figure);
    const way = /当场|抢救无效|救治无效|医治无效/.exec(m[0])?.[0];
    if (way !== undefined) parts.set(way === '当场' ? 'at once' : 'later', figure);
  };
  each(r, ANCHOR.death, P.DEAD_BEFORE, before, old);
  each(r, ANCHOR.death, P.DEAD_BARE, before, old);
  each(r, ANCHOR.death, P.DEAD_AFTER_RESCUE, before, old);
  each(r, ANCHOR.death, P.DEAD_JOINED, (m, base) => (best = larger(best, joined(m, base))), old);
  each(r, ANCHOR.death, P.BODIES, (m, base) => (best = larger(best, figureOf(m, base, m[1] ?? m[2] ?? m[3]))), old);
  each(r, ANCHOR.death, P.DEAD_OF_WOUNDS, (m, base) => (best = larger(best, figureOf(m, base, m[1]))), old, '无效');
  each(r, ANCHOR.death, P.KILLED, (m, base) => {
    const figure = figureOf(m, base, m[1]);
    if (figure !== null && !isHypothetical(r.chars, figure) && !/扬言|欲|企图|未遂|电影|剧|游戏/.test(r.chars.slice(Math.max(0, figure.start - 10), figure.end + 4))) best = larger(best, figure);
  }, old);
  each(
    r,
    ANCHOR.death,
    P.DEAD_AFTER,
    (m, base) => {
      // 「5人遇难18人失联」: the verb belongs to the figure before it.
      if (verbs.has(base + m.index) || /^\s*(?:人|名)?[^，。、；]{0,3}(?:失联|失踪|受伤|伤|获救|下落|重伤|轻伤|送|被(?:拘|抓|捕|刑|判|控|查|问|处|带|追)|落网|获刑|受审|自首|投案|岁|年|月|日|时|天|点|号|元|万元|米|分|周|小时|%|次|起|公里)/.test(m[3]!)) return;
      const unit = r.chars.charAt(base + m.index + m[0].length - m[3]!.length - 1);
      if (!/[人名例位个具]/.test(unit) && !/升至|增至|上升|达|超/.test(m[0])) return;
      best = larger(best, figureOf(m, base, m[2]));
    },
    old,
  );
  return addParts(best, parts);
}

/** The sum of two groups; a part told by 其中 is in the first. */
function joined(m: RegExpExecArray, base: number): Figure | null {
  const a = figureOf(m, base, m[1]);
  const b = figureOf(m, base, m[2]);
  if (a === null || b === null || /其中/.test(m[0])) return null;
  return { ...a, value: a.value + b.value };
}

/** 「2人当场死亡，2人经抢救无效死亡」: two groups of one toll, when no larger figure stands beside them. */
function addParts(best: Figure | null, parts: Map<string, Figure>): Figure | null {
  const first = parts.get('at once');
  const later = parts.get('later');
  if (best === null || first === undefined || later === undefined || best.value > Math.max(first.value, later.value)) return best;
  return { value: first.value + later.value, start: Math.min(first.start, later.start), end: Math.max(first.end, later.end) };
}

/** 「一游客骑马时马匹倒地猝死」: the figure is of a person, the verb of the animal. */
const ANIMAL_DIES = /(?:马匹?|狗|犬|猫|猪|牛|羊|鱼|东北虎|鸟)(?!咬|撞|踢|追|袭|病)[^，。咬撞踢袭]{0,5}(?:死亡|猝死|死)/;

/** 「两名少年刺死小偷」: the figure is of those who did it. */
function isDoer(chars: string, f: Figure): boolean {
  const words = chars.slice(f.start, f.end);
  return /[刺捅砍打撞掐勒毒咬]死$/.test(words) && !/[被遭]/.test(words) && /[^，。！？；、：\s“”于在亡后案]/.test(chars.charAt(f.end));
}

/** 「或致30万人死亡」「死亡风险」: forecasts, not facts. */
function isHypothetical(chars: string, f: Figure): boolean {
  const words = chars.slice(f.start, f.end + 4);
  if (/死亡(?:风险|率|之组|线|病例数据库)|死刑|死缓|累死|笑死|死心|死磕|死角/.test(words)) return true;
  if (ANIMAL_DIES.test(words) || /^[^，。]{1,8}人[中里]/.test(words)) return true;
  // 「范闲一死」 tells a plot; a toll of one says what caused it or who was hurt beside.
  if (/^一死(?![一二两三四五六七八九十多0-9]*伤)/.test(chars.slice(f.start)) && !/(?:致|造成|已)$/.test(chars.slice(Math.max(0, f.start - 2), f.start))) return true;
  if (/每年|年均|平均每|历史上|全球|有史|近[0-9一二两三四五六七八九十]+年|年来|年以来|累计已有/.test(chars.slice(Math.max(0, f.start - 24), f.start))) return true;
  return /(?:或|可能|将|会|如果|假如|恐|预计)(?:致|造成|导致|有)?[^，。]{0,4}$/.test(chars.slice(Math.max(0, f.start - 8), f.start));
}

/** The title's figure of the missing is the latest one; a text tells the earlier ones too. */
function readMissing(r: Reading): Figure | null {
  const title: Reading = { ...r, sentences: r.sentences.slice(0, 1), old: r.old.slice(0, 1) };
  return r.sentences[0]?.start === 0 ? (missingIn(title) ?? missingIn(r)) : missingIn(r);
}

function missingIn(r: Reading): Figure | null {
  for (const old of [false, true]) {
    let best: Figure | null = null;
    const verbs = new Set<number>();
    each(r, ANCHOR.missing, P.MISSING_BEFORE, (m, base) => {
      const end = r.chars.slice(base + m.index, base + m.index + m[0].length);
      // 「失联7天」「走失3小时」 and ages are spans of time.
      if (/^[^名人]{1,6}(?:岁|年|天|小时|日|月|个月|周)/.test(end)) return;
      verbs.add(base + m.index + m[0].length - m[2]!.length);
      best = larger(best, figureOf(m, base, m[1]));
    }, old);
    each(r, ANCHOR.missing, P.MISSING_AFTER, (m, base) => {
      const tail = r.chars.slice(base + m.index, base + m.index + m[0].length + 3);
      if (verbs.has(base + m.index) || !/[人名位]/.test(m[0].slice(-1)) || /(?:天|年|日|小时|月|周|岁)/.test(tail)) return;
      best = larger(best, figureOf(m, base, m[2]));
    }, old);
    each(r, ANCHOR.missing | ANCHOR.death, P.STILL_SEARCHED, (m, base) => (best = larger(best, figureOf(m, base, m[1]))), old, '搜');
    if (best !== null) return best;
  }
  return null;
}

/** Missing people count with the dead; numbers that may overlap are not added: the larger. */
function joinDead(r: Reading, killed: Figure | null, missing: Figure | null): Figure | null {
  if (killed === null || missing === null) return killed ?? missing;
  const overlap = r.sentences.some((s) => (s.anchors & ANCHOR.missing) !== 0 && P.BODIES_OF_MISSING.test(r.chars.slice(s.start, s.end)) && !sameClause(r.chars, s));
  if (overlap || killed.value === missing.value) return larger(killed, missing);
  return { value: killed.value + missing.value, start: Math.min(killed.start, missing.start), end: Math.max(killed.end, missing.end) };
}

/** 「3人死亡、2人失联」 lists two groups; they do not overlap. */
function sameClause(chars: string, s: Sentence): boolean {
  return /(?:死亡|遇难|身亡|死)[、，,]?\s*(?:另有|还有|仍有|尚有)?[0-9一二三四五六七八九十余多]+(?:人|名)?[^，。]{0,4}(?:失联|失踪|下落不明)|(?:失联|失踪)[^。]{0,12}(?:仍在|尚未|正在)|(?:失联|失踪|下落不明)[，、,]?(?:另|并|已)?有?[0-9一二三四五六七八九十]+(?:人|名)[^，。]{0,16}(?:死亡|遇难|身亡)/.test(chars.slice(s.start, s.end));
}

function readInjured(r: Reading): Pick<Facts, 'injured' | 'seriouslyInjured' | 'poisoned'> {
  let plain: Figure | null = null;
  let serious: Figure | null = null;
  let light: Figure | null = null;
  const take: Visit = (m, base) => {
    const figure = figureOf(m, base, parseNumber(m[1]!) === null ? m[2] : m[1]);
    if (figure === null) return;
    const word = m[0];
    if (/轻重伤|重轻伤/.test(word)) plain = larger(plain, figure);
    else if (/重伤|伤势严重|伤势较重|伤情较重|病危|危重/.test(word)) serious = larger(serious, figure);
    else if (/轻伤|轻微伤/.test(word)) light = larger(light, figure);
    else plain = larger(plain, figure);
  };
  for (const old of [false, true]) {
    each(r, ANCHOR.injury, P.INJURED_BEFORE, take, old);
    each(r, ANCHOR.injury, P.INJURED_AFTER, take, old);
    if (plain !== null || serious !== null || light !== null) break;
  }
  const poisoned = readMax(r, ANCHOR.poison, [P.POISONED, P.POISONED_AFTER, P.DIRECT_POISONED]);
  return { injured: totalInjured(plain, serious, light, poisoned), seriouslyInjured: serious, poisoned };
}

function totalInjured(plain: Figure | null, serious: Figure | null, light: Figure | null, poisoned: Figure | null): Figure | null {
  let parts: Figure | null = serious ?? light;
  if (serious !== null && light !== null) {
    parts = { value: serious.value + light.value, start: Math.min(serious.start, light.start), end: Math.max(serious.end, light.end) };
  }
  return larger(larger(plain, parts), poisoned);
}

function readLoss(r: Reading): Figure | null {
  let best: Figure | null = null;
  each(r, ANCHOR.loss, P.LOSS, (m, base) => {
    const figure = figureOf(m, base, m[1]);
    if (figure === null) return;
    const scale = m[2] === '亿' ? 1e8 : m[2] === '万' ? 1e4 : 1;
    best = larger(best, { ...figure, value: figure.value * scale });
  });
  return best;
}

/** The event's own magnitude stands behind 发生; aftershocks and earlier quakes are told without it. Else the largest. */
function readMagnitude(r: Reading): Figure | null {
  let best: Figure | null = null;
  let own: Figure | null = null;
  each(r, ANCHOR.quake, P.MAGNITUDE, (m, base) => {
    const value = m[1] !== undefined ? Number(m[1]) : (parseNumber(m[2]!) ?? 0) + (parseNumber(m[3]!) ?? 0) / 10;
    if (value <= 0 || value > 9.9) return;
    const figure = { value, start: base + m.index, end: base + m.index + m[0].length };
    if (isRefuted(r.chars, figure)) return;
    best = larger(best, figure);
    if (/发生(?:里氏|了|一次|一起|约)?$/.test(r.chars.slice(Math.max(0, figure.start - 8), figure.start))) own = larger(own, figure);
  });
  return own ?? best;
}

/** What a debunk repeats in order to refute it (「发生6.2级大地震？谣言」, 「网传7级地震」) is no fact. */
function isRefuted(chars: string, { start, end }: Figure): boolean {
  return REFUTED_AFTER.test(chars.slice(end, end + 16)) || REFUTED_BEFORE.test(chars.slice(Math.max(0, start - 16), start));
}
const REFUTED_AFTER = /^[^。，；\n]{0,8}(?:[？?！!：:…”"]\s*)*(?:的?(?:消息|说法|传言|信息))?(?:是|为|系|均为|纯属)?(?:谣言|假消息|假的|不实|不属实|谣传|误传|误读)/;
const REFUTED_BEFORE = /(?:网传|谣传|误传|传言|谣言|辟谣)[^。，；\n]{0,14}$/;

function findFirst(r: Reading, anchors: number, pattern: RegExp): Figure | null {
  for (const s of r.sentences) {
    if ((s.anchors & anchors) === 0) continue;
    const m = pattern.exec(r.chars.slice(s.start, s.end));
    if (m !== null) return { value: 0, start: s.start + m.index, end: s.start + m.index + m[0].length };
  }
  return null;
}
