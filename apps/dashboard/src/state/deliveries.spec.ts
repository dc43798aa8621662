import type { WireDelivery } from '@app/domain';
import { byPerson, deliveriesText } from './deliveries';

const NOW = Date.parse('2026-11-21T12:00:00+08:00');
const one = (accountName: string, channelTitle: string, state: WireDelivery['state'], fault: string | null = null): WireDelivery => ({
  ...{ accountName, channel: channelTitle, channelTitle, state, fault, at: '2026-11-21T11:02:00+08:00' },
});

it('tells each person’s channels in one place', () => {
  const text = deliveriesText([one('张三', '网页', 'read'), one('张三', '短信', 'sent'), one('李四', '网页', 'queued'), one('李四', '邮件', 'failed', '邮件未发出：550')], NOW);
  expect(text).toMatch(/^张三：网页已读 \S.*，短信已发出 .*；李四：网页待送，邮件送达失败（邮件未发出：550）$/);
});

it('leaves out what was not needed any more, unless it is all there is', () => {
  expect(byPerson([one('张三', '网页', 'read'), one('张三', '短信', 'superseded')], NOW)[0]!.words).toHaveLength(1);
  expect(byPerson([one('张三', '短信', 'superseded')], NOW)[0]!.words).toHaveLength(1);
});

it('nobody yet is said', () => expect(deliveriesText([], NOW)).toBe('尚未送达任何人'));
