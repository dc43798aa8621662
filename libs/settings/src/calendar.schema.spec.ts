import { join } from 'node:path';
import { calendarOf, loadCalendar } from './calendar.schema';
import type { ConfigFault } from './config-file';
import { projectRoot } from './project-root';
import { writeConfig } from './config-fixture';

const own = join(projectRoot(), 'config');

describe('config/calendar', () => {
  it('is free of faults and covers 2007 to 2026', () => {
    const faults: ConfigFault[] = [];
    const settings = loadCalendar(own, faults);
    expect(faults).toEqual([]);
    const calendar = calendarOf({ calendar: settings });
    expect([calendar.coverageFrom, calendar.coverageUntil]).toEqual(['2007-01-01', '2026-12-31']);
    expect(calendar.dayOf('2026-10-10')).toMatchObject({ working: true, known: true });
    expect(calendar.dayOf('2026-10-10').why).toContain('国办发明电〔2025〕7号');
    expect(calendar.dayOf('2027-02-06')).toMatchObject({ working: false, statutory: true, known: false });
  });

  it('names file, key, value and legal range of every fault at once', () => {
    const dir = writeConfig({
      'calendar/2026.yaml':
        'year: 2026\nnotices:\n  - title: 通知\n    url: ftp://x\n    holidays:\n      - { name: 春节, off: [2026-02-30], work: [] }\n      - { name: 元旦, off: [2024-01-01], work: [2024-01-01] }\n',
      'calendar/2025.yaml': 'year: 2024\nnotices: []\n',
      'calendar/statutory.yaml': 'document: 办法\nnumber: 令\nfixed: []\nmoving: {}\n',
    });
    const faults: ConfigFault[] = [];
    expect(loadCalendar(dir, faults)).toBeNull();
    const named = faults.map((f) => `${f.file.split('/').at(-1)} ${f.key}`);
    expect(named).toEqual(
      expect.arrayContaining([
        '2025.yaml notices',
        '2026.yaml notices.0.url',
        '2026.yaml notices.0.holidays.0.off.0',
        '2026.yaml notices.0.holidays.1',
      ]),
    );
  });
});
