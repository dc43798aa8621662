import type { EvidenceKind } from './rule';

/** What an official text seems to be, and the words that say so. */
export interface VoiceGuess {
  kind: EvidenceKind;
  /** For the person who confirms. */
  reason: string;
  /** It says that something is untrue. */
  denies: boolean;
}

const DENIAL = /辟谣|谣言|不实(?:信息|传言|消息|内容)?|不属实|系伪造|系编造|造谣/;
const CONFERENCE = /新闻发布会|新闻通气会|媒体(?:见面|通气)会/;
/** 将于、定于: it is announced, not held. */
const ANNOUNCED = /(?:将于|定于|拟于)[^。]{0,40}(?:召开|举行|举办)/;
const REPLY = /办理(?:答复|结果|情况)|答复|回复|处理结果|办结/;
/** Under the title of the message itself only the text tells that it is a reply. */
const REPLY_TEXT =
  /您?(?:所|提出|反映|咨询|投诉|留言)的?(?:问题|情况|诉求|建议|事项)|网友[^。]{0,16}(?:您好|你好)|(?:来信|留言)(?:已)?收悉|(?:回复|答复|反馈|说明)如下/;
const SETTLED = /已(?:于[^。，]{1,12})?(?:全部|全面|基本)?(?:恢复|完成|解决|整改|修复|更换|发放|抢修|退还|清运|拆除|支付)|责令|已办结/;
const STATEMENT = /情况说明|说明/;

/** Guesses what an official text answers with. A guess only: a person confirms it, and may choose another kind. */
export function guessVoice({ title, text }: { title: string; text: string }): VoiceGuess {
  const whole = `${title}\n${text}`;
  const denial = DENIAL.exec(title) ?? DENIAL.exec(text);
  if (DENIAL.test(title)) return { kind: 'clarification', reason: `标题含“${denial?.[0] ?? ''}”`, denies: true };
  const conference = CONFERENCE.exec(title);
  if (conference) {
    const announced = ANNOUNCED.test(whole);
    return { kind: 'press-conference', reason: announced ? '发布会预告：召开后再确认，并改为召开时间' : `标题含“${conference[0]}”`, denies: false };
  }
  const reply = REPLY.exec(title);
  const settled = SETTLED.exec(text);
  const replyText = reply ? null : REPLY_TEXT.exec(text.slice(0, 300));
  if (reply && settled) return { kind: 'settlement', reason: `标题含“${reply[0]}”，正文称“${settled[0]}”`, denies: false };
  if (reply) return { kind: 'clarification', reason: `标题含“${reply[0]}”`, denies: denial !== null };
  if (replyText) {
    const said = `正文称“${replyText[0]}”`;
    if (settled) return { kind: 'settlement', reason: `${said}、“${settled[0]}”`, denies: denial !== null };
    return { kind: 'clarification', reason: said, denies: denial !== null };
  }
  const statement = STATEMENT.exec(title);
  if (statement) return { kind: 'clarification', reason: `标题含“${statement[0]}”`, denies: denial !== null };
  return { kind: 'release', reason: '官方来源发布，内容与本事件相符', denies: denial !== null };
}

const RUMOUR = /网传|听说|据传|都在传|传言|疯传|群里|到底是真是假|是不是真的/;
/** Of the pairs of characters of what is denied so many must stand in the rumour. */
const LEAST_SHARE = 0.15;
const RUMOUR_WEIGHT = 1.5;

/**
 * The text that a denial answers: the one that has most of the words the denial quotes (or, quoting nothing, of its
 * title), texts that sound like hearsay before others.
 */
export function pickRumour<T extends { title: string; text: string }>(denial: { title: string; text: string }, candidates: readonly T[]): T | null {
  const quoted = [...`${denial.title}\n${denial.text}`.matchAll(/[“"「]([^”"」]{4,60})[”"」]/g)].map((m) => m[1] ?? '');
  const wanted = pairsOf(quoted.length > 0 ? `${quoted.join('\n')}\n${denial.title}` : denial.title);
  let best: { of: T; score: number } | null = null;
  for (const of of candidates) {
    const whole = `${of.title}\n${of.text}`;
    const have = pairsOf(whole);
    const shared = [...wanted].filter((p) => have.has(p)).length / Math.max(wanted.size, 1);
    const score = shared * (RUMOUR.test(whole) ? RUMOUR_WEIGHT : 1);
    if (shared >= LEAST_SHARE && (best === null || score > best.score)) best = { of, score };
  }
  return best?.of ?? null;
}

function pairsOf(s: string): Set<string> {
  const pairs = new Set<string>();
  for (const run of s.match(/[\p{L}\p{N}]+/gu) ?? []) for (let i = 0; i + 1 < run.length; i++) pairs.add(run.slice(i, i + 2));
  return pairs;
}
