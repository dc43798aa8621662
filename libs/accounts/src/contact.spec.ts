import { contactFault, given, maskedContact } from './contact';

it.each([
  [{ email: 'a@b.cn' }, null],
  [{ phone: '13800138000' }, null],
  [{ email: null, phone: null }, null],
  [{ email: 'a@b.cn\r\nBcc: all@x.cn' }, 'email'],
  [{ email: 'a@b.cn,c@d.cn' }, 'email'],
  [{ phone: '+8613800138000' }, 'phone'],
  [{ phone: '12800138000' }, 'phone'],
  [{ phone: "13800138000' or 1=1" }, 'phone'],
])('%j: fault %s', (contact, field) => {
  expect(contactFault(contact)?.field ?? null).toBe(field);
});

it('is shown without what identifies its owner', () => {
  expect(maskedContact({ email: 'zhangsan@example.gov.cn', phone: '13800138000' })).toEqual({
    email: 'z*******@*******.***.**',
    phone: '138******00',
  });
  expect(maskedContact({ email: null })).toEqual({ email: null });
});

it('what is not said is not given', () => {
  expect(given({ phone: null })).toEqual({ phone: null });
});
