const LETTER_TITLE =
  /^(?:关于|对|就)?.{0,30}(?:请求|恳请|咨询|投诉|诉求|求助)|^(?:建议|反映|希望|盼)|的?(?:问题|情况)的(?:反映|建议|咨询|投诉|情况)|关于.{2,30}的(?:问题|咨询|建议|投诉|情况)$|^(?:强烈|严重|再次|给)?.{0,12}(?:质疑|举报|呼吁|反对)|^对.{2,40}质疑$|何时能|能否|请问/;
const GREETING =
  /^[^。]{0,16}(?:领导|书记|[县市区镇乡局厅省]长|政府)[^。，,:：]{0,6}(?:您好|你好|[:：,，！!])|^[^。]{0,24}(?:您好|你好)/;
const FIRST_PERSON = /本人|我(?:是|家|们(?:村|小区|家|单位|公司|学校|这)|想|在[^。，]{2,12}(?:买|住|上班))/;
const CLOSING = /(?:多谢|谢谢|感谢)[^，。]{0,4}[!！。.~]*$|(?:盼复|望(?:回复|答复|解决|处理)|敬请).{0,12}$/;
const REPORT =
  /原标题|本[报网]讯|[（(](?:本报|本网|实习|见习)?记者|[（(]?(?:新华社|中新社|中新网|新京报|澎湃新闻|央视网?|人民网|每经)[^。]{0,12}(?:电|讯|[）)])|记者[^，。]{0,6}(?:从|获悉|了解到|摄|报道)|据[^，。]{2,16}报道|摄影[／/]/;

/** A message to a government board: one person's matter. Two such messages are one case only when nearly the same text. */
export function isPersonalMessage(title: string, text: string): boolean {
  // A report quotes what people ask for.
  if (REPORT.test(text.slice(0, 300))) return false;
  const head = text.trim().slice(0, 200);
  return LETTER_TITLE.test(title) || GREETING.test(head) || FIRST_PERSON.test(head) || CLOSING.test(text.trim());
}
