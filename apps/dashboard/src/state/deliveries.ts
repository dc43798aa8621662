import type { WireDelivery } from '@app/domain';
import { readInstant } from '../instant';
import { DELIVERY_TEXT } from '../wording';

/** What became of an alert for one person, over each channel. */
export interface PersonDeliveries {
  name: string;
  /** 短信已发出 11:02, one for each channel that was used or is meant to be. */
  words: { text: string; mood: 'good' | 'bad' | 'plain' }[];
}

/** States that a person need not be told where another channel has done it. */
const UNTOLD: WireDelivery['state'][] = ['superseded'];

/** By person, in the order given. */
export function byPerson(deliveries: readonly WireDelivery[], now: number): PersonDeliveries[] {
  const people = new Map<string, PersonDeliveries>();
  for (const d of deliveries) {
    const person = people.get(d.accountName) ?? { name: d.accountName, words: [] };
    people.set(d.accountName, person);
    const rest = deliveries.some((o) => o.accountName === d.accountName && o !== d && !UNTOLD.includes(o.state));
    if (UNTOLD.includes(d.state) && rest) continue;
    person.words.push({ text: wordOf(d, now), mood: moodOf(d.state) });
  }
  return [...people.values()];
}

function wordOf(d: WireDelivery, now: number): string {
  const done = ['sent', 'delivered', 'read'].includes(d.state);
  const more = done ? ` ${readInstant(d.at, now)}` : d.state === 'failed' && d.fault ? `（${d.fault}）` : '';
  return `${d.channelTitle}${DELIVERY_TEXT[d.state]}${more}`;
}

function moodOf(state: WireDelivery['state']): 'good' | 'bad' | 'plain' {
  if (state === 'failed') return 'bad';
  return state === 'read' || state === 'delivered' || state === 'sent' ? 'good' : 'plain';
}

/** In one line, for the timeline. */
export function deliveriesText(deliveries: readonly WireDelivery[], now: number): string {
  if (deliveries.length === 0) return '尚未送达任何人';
  return byPerson(deliveries, now)
    .map((p) => `${p.name}：${p.words.map((w) => w.text).join('，')}`)
    .join('；');
}
