import { eventText, eventTextIn } from './event-text';
import { jsonFault } from './json-fault';
import { answerLine, linesOf } from './json-lines';

const echo = (row: Record<string, unknown>) => ({ id: row.id ?? null, ok: true });

describe('JSON Lines', () => {
  afterEach(() => (process.exitCode = 0));

  it.each([
    ['', 'line 4: empty: a JSON object is wanted'],
    ['  \r', 'line 4: empty: a JSON object is wanted'],
    ['{"a":}', 'line 4: not JSON (near column 6: "}" where a value is wanted): allowed is one JSON object a line'],
    ['{"id":1,"title":"甲"', 'line 4: not JSON (near column 20: the end where , or } is wanted): allowed is one JSON object a line'],
    ['[1]', 'line 4: an array: allowed is one JSON object a line'],
    ['null', 'line 4: null: allowed is one JSON object a line'],
    ['{"id":{"x":1}}', 'line 4: field "id" = {"x":1}: allowed is a string or a number'],
  ])('%j is answered in its place with what is wrong and what is allowed', async (line, error) => {
    expect(await answerLine(line, 4, echo)).toEqual({ id: null, error });
    expect(process.exitCode).toBe(1);
  });

  it('keeps the id of a line that is refused', async () => {
    const refuse = () => eventText({ id: 'k' });
    const error = 'line 2: field "title" is missing: allowed is a string';
    expect(await answerLine('{"id":"k"}', 2, refuse)).toEqual({ id: 'k', error });
    expect(await answerLine('{"id":"k"}', 2, echo)).toEqual({ id: 'k', ok: true });
  });

  it.each(['{"a":[1,-2.5e3,{"b":null}],"c":"\\u4e00\\n"}', '[]', ' {} ', '"x"', 'true'])('%s has no fault', (text) => {
    expect(() => JSON.parse(text) as unknown).not.toThrow();
    expect(jsonFault(text)).toBeNull();
  });

  it.each([['{"a":1,}', 8], ["{'a':1}", 2], ['{"a" 1}', 6], ['{"a":01}', 6], ['[1,]', 4], ['{"a":1}}', 8], ['{"a":"x\ty"}', 6], ['nul', 1], ['{]', 2]])(
    '%j has one at column %i',
    (text, column) => {
      expect(() => JSON.parse(text) as unknown).toThrow();
      expect(jsonFault(text)?.column).toBe(column);
    },
  );

  it('splits at \\n only, over the bounds of chunks, and keeps empty lines', async () => {
    async function* chunks() {
      yield* ['{"a":"x\u2028', 'y"}\n', '\n{"b"', ':1}\n{}'];
      await Promise.resolve();
    }
    const lines: string[] = [];
    for await (const line of linesOf(chunks())) lines.push(line);
    expect(lines).toEqual(['{"a":"x\u2028y"}', '', '{"b":1}', '{}']);
  });
});

describe('the fields of a text', () => {
  const text = { title: '', text: '' };

  it('takes empty texts, no time and null', () => {
    expect(eventText(text)).toEqual({ ...text, publishedAt: null });
    expect(eventText({ ...text, publishedAt: null }).publishedAt).toBeNull();
    expect(eventText({ ...text, publishedAt: '2026-02-13' }).publishedAt?.toISOString()).toBe('2026-02-12T16:00:00.000Z');
  });

  it.each([
    [{ text: '' }, 'field "title" is missing: allowed is a string'],
    [{ title: '' }, 'field "text" is missing: allowed is a string'],
    [{ title: 3, text: '' }, 'field "title" = 3: allowed is a string'],
    [{ ...text, publishedAt: 'yesterday' }, 'field "publishedAt" = "yesterday": allowed is null or ISO 8601'],
    [{ ...text, publishedAt: '' }, 'field "publishedAt" = "": allowed is null or ISO 8601'],
    [{ ...text, publishedAt: 20260213 }, 'field "publishedAt" = 20260213'],
  ])('%j is refused', (row, message) => {
    expect(() => eventText(row)).toThrow(message);
  });

  it('names the path inside an object, and what is allowed for a missing one', () => {
    expect(() => eventTextIn({ a: text }, 'b')).toThrow('field "b" is missing: allowed is an object with title and text');
    expect(() => eventTextIn({ b: [] }, 'b')).toThrow('field "b" = []: allowed is an object');
    expect(() => eventTextIn({ b: { title: '' } }, 'b')).toThrow('field "b.text" is missing');
  });
});
