import { leadingEigenPairs, type SymmetricMatrix } from './eigen';

/** A sparse band matrix with one heavy block. */
function matrix(size: number): SymmetricMatrix {
  const rows = Array.from({ length: size }, (_, i) => {
    const row: [number, number][] = [[i, i < 3 ? 400 / (i + 1) ** 2 : 2]];
    if (i > 0) row.push([i - 1, 1]);
    if (i < size - 1) row.push([i + 1, 1]);
    return row;
  });
  const offsets = Int32Array.from([0, ...rows.map((r) => r.length)]);
  for (let i = 1; i <= size; i++) offsets[i]! += offsets[i - 1]!;
  return { size, offsets, columns: Int32Array.from(rows.flat().map((e) => e[0])), values: Float32Array.from(rows.flat().map((e) => e[1])) };
}

describe('leading eigenpairs', () => {
  const m = matrix(60);
  const { values, vectors } = leadingEigenPairs(m, 3, 7);

  it('satisfy M·v = λ·v', () => {
    for (let c = 0; c < 3; c++) {
      for (let i = 0; i < m.size; i++) {
        let sum = 0;
        for (let e = m.offsets[i]!; e < m.offsets[i + 1]!; e++) sum += m.values[e]! * vectors[m.columns[e]! * 3 + c]!;
        expect(sum).toBeCloseTo(values[c]! * vectors[i * 3 + c]!, 3);
      }
    }
  });
  it('come by magnitude and are of length one', () => {
    expect(values).toEqual([...values].sort((a, b) => Math.abs(b) - Math.abs(a)));
    for (let c = 0; c < 3; c++) expect(Array.from({ length: 60 }, (_, i) => vectors[i * 3 + c]! ** 2).reduce((a, b) => a + b)).toBeCloseTo(1, 9);
  });
  it('are the same for the same seed', () => expect(leadingEigenPairs(m, 3, 7)).toEqual({ values, vectors }));
});
