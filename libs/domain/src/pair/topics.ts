/** Sections of newspapers, learnt from headlines: a logistic model over what a text is about. */
export interface TopicModel {
  /** Weights of each section, then its bias. */
  rows: readonly (readonly number[])[];
}

/** The share of each section, summing to one. */
export function topicsOf(meaning: ArrayLike<number>, { rows }: TopicModel): number[] {
  const z = rows.map((r) => {
    let sum = r[meaning.length] ?? 0;
    for (let i = 0; i < meaning.length; i++) sum += (r[i] ?? 0) * (meaning[i] ?? 0);
    return sum;
  });
  const top = Math.max(...z, 0);
  const e = z.map((x) => Math.exp(x - top));
  const all = e.reduce((s, x) => s + x, 0) || 1;
  return e.map((x) => x / all);
}

/** Cosine of the two shares, how far they are apart, and their mean. */
export function topicMeasures(a: readonly number[], b: readonly number[]): number[] {
  const dot = (x: readonly number[], y: readonly number[]): number => x.reduce((s, v, i) => s + v * (y[i] ?? 0), 0);
  return [
    dot(a, b) / (Math.sqrt(dot(a, a) * dot(b, b)) || 1),
    a.reduce((s, v, i) => s + Math.abs(v - (b[i] ?? 0)), 0),
    ...a.map((v, i) => (v + (b[i] ?? 0)) / 2),
  ];
}
