import { cleanText, withLogFields } from './log-fields';
import { ProcessLogger } from './process-logger';

function said(format: 'text' | 'json', speak: (logger: ProcessLogger) => void): string[] {
  const lines: string[] = [];
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    jest.spyOn(process[name], 'write').mockImplementation((chunk) => (lines.push(String(chunk)), true)),
  );
  try {
    speak(new ProcessLogger('rules', true, format));
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return lines;
}

describe('records of the log', () => {
  it('json: one line, with time and zone, level, app, part, message, own fields and those of the request', () => {
    const lines = said('json', (logger) =>
      withLogFields({ requestId: 'abc-12345' }, () =>
        logger.warn({ message: 'not sent', caseId: '7', durationMs: 12 }, 'Delivery'),
      ),
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]!.endsWith('\n') && lines[0]!.trim().includes('\n')).toBe(false);
    const record = JSON.parse(lines[0]!) as Record<string, unknown>;
    expect(record).toMatchObject({
      level: 'warn',
      app: 'rules',
      pid: process.pid,
      part: 'Delivery',
      message: 'not sent',
      caseId: '7',
      durationMs: 12,
      requestId: 'abc-12345',
    });
    expect(record['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?\+08:00$/);
  });

  it('json: a stack is part of its record', () => {
    const lines = said('json', (logger) => logger.error('broken', 'Error: broken\n    at here', 'Engine'));
    expect(lines.map((l) => JSON.parse(l) as object)).toEqual([
      expect.objectContaining({ level: 'error', message: 'broken', stack: 'Error: broken\n    at here' }),
    ]);
  });

  it('text: the sentence alone; acts are for json only', () => {
    const lines = said('text', (logger) => {
      logger.warn({ message: 'not sent', caseId: '7' }, 'Delivery');
      logger.debug({ message: '3 rungs fired' }, 'Firing');
    });
    expect(lines).toEqual(['WARN [Delivery] not sent\n']);
  });
});

describe('no secrets, no personal data', () => {
  it.each([
    ['connect postgres://duty:geheim@db:5432/h failed', 'geheim'],
    ['Authorization: Bearer hy_abcdefghijklmnop', 'abcdefgh'],
    ['token hy_abcdefghijklmnop is unknown', 'abcdefgh'],
    ['GET /r/Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6 failed', 'Zm9vYmFy'],
    ['cookie huiying_session=s3cr3tvalue; Path=/', 's3cr3t'],
    ['POST https://robot.example/send?access_token=0123456789abcdef', '0123456789'],
    ['{"password":"correct horse"}', 'correct'],
    ['duplicate key: 联系人电话 13812345678', '13812345678'],
    ['mail to li.lei@example.cn bounced', 'li.lei'],
  ])('%s', (text, secret) => {
    expect(cleanText(text)).not.toContain(secret);
    for (const format of ['text', 'json'] as const)
      expect(said(format, (l) => l.error(text, undefined, 'Part')).join('')).not.toContain(secret);
  });

  it('what is none stays: ids, durations, addresses', () => {
    const plain = 'clock 120345 of case 88 cannot be fired: 23505; http://farm-1.test:4900/1.xml after 1500 ms';
    expect(cleanText(plain)).toBe(plain);
  });
});
