import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROLES } from '@app/domain';
import { CHAPTERS, chaptersFor } from './chapters';
import { tourFor } from './tour';

describe('the manual', () => {
  it.each(ROLES)('has chapters and a first tour for %s', (role) => {
    const { own, others } = chaptersFor(role);
    expect(own.length).toBeGreaterThan(3);
    expect([...own, ...others].map((c) => c.id).sort()).toEqual(CHAPTERS.map((c) => c.id).sort());
    expect(tourFor(role).length).toBeGreaterThan(1);
  });

  it('shows no picture that is not there', () => {
    const missing = CHAPTERS.flatMap((c) => c.picture?.file ?? []).filter((file) => !existsSync(join(__dirname, '..', '..', 'public', 'manual', `${file}.webp`)));
    expect(missing).toEqual([]);
  });
});
