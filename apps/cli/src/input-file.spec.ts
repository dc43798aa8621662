import { tmpdir } from 'node:os';
import { pageFault } from './extract-page.command';
import { openInput, readAddress, readInput } from './input-file';

describe('files and addresses of the command line', () => {
  it.each([readInput, openInput])('%p names a file that is missing or a directory in one plain line', (read) => {
    expect(() => read('/nowhere/x.jsonl')).toThrow(/^\/nowhere\/x\.jsonl: no such file$/);
    expect(() => read(tmpdir())).toThrow(`${tmpdir()}: a directory; allowed is a file`);
  });

  it('takes absolute http(s) addresses only', () => {
    expect(readAddress('https://example.gov.cn/a')).toBe('https://example.gov.cn/a');
    for (const bad of ['nonsense', '/a/b', 'ftp://example.gov.cn/', 'file:///etc/x', '']) {
      expect(() => readAddress(bad)).toThrow('allowed is an absolute address');
    }
  });

  it('knows what cannot be a page', () => {
    const fault = (bytes: Buffer) => pageFault(bytes, bytes.toString('utf8'));
    expect(fault(Buffer.from(' \n'))).toBe('it is empty');
    expect(fault(Buffer.from('%PDF-1.7 …'))).toContain('PDF');
    expect(fault(Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7) % 256)))).toContain('binary');
    expect(fault(Buffer.from('<html><body>通报\u0000一处</body></html>'))).toBeNull();
  });
});
