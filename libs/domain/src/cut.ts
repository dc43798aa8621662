/** The beginning of a text, at most `max` long and never ending in half a character (an emoji is two units): the database takes no half one. */
export function cut(text: string, max: number): string {
  return text.slice(0, max).replace(/\p{Surrogate}$/u, '');
}
