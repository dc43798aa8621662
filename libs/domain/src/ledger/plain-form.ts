/** Full-width signs and digits to ASCII, one for one, so that positions stay those of the text. */
export function plainForm(text: string): string {
  return text.replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace(/[\u3000\u00a0\t]/g, ' ');
}
