/** A source as the form of the editor holds it: every field a text, so that a half-written one is kept and shown as it is. */
export interface SourceForm extends Record<string, string | boolean> {
  name: string;
  title: string;
  kind: string;
  url: string;
  enabled: boolean;
  official: boolean;
  priority: string;
  every: string;
  least: string;
  most: string;
  cron: string;
  pause: string;
  maxDetails: string;
  handedOnBy: string;
  region: string;
  department: string;
  charset: string;
  item: string;
  link: string;
  titleAt: string;
  dateAt: string;
  textAt: string;
  next: string;
  maxPages: string;
  detail: boolean;
  detailTitle: string;
  detailText: string;
  detailDate: string;
  detailRemove: string;
  itemsPath: string;
  titlePath: string;
  textPath: string;
  urlPath: string;
  urlTemplate: string;
  datePath: string;
  guidPath: string;
  include: string;
  maxEntries: string;
}

export const emptyForm = (): SourceForm => ({
  ...{ name: '', title: '', kind: '', url: '', enabled: true, official: false, priority: '', every: '600', least: '120', most: '3600', cron: '' },
  ...{ pause: '2', maxDetails: '10', handedOnBy: '', region: '', department: '', charset: '' },
  ...{ item: '', link: '', titleAt: '', dateAt: '', textAt: '', next: '', maxPages: '' },
  ...{ detail: false, detailTitle: '', detailText: '', detailDate: '', detailRemove: '' },
  ...{ itemsPath: '', titlePath: '', textPath: '', urlPath: '', urlTemplate: '', datePath: '', guidPath: '' },
  ...{ include: '', maxEntries: '' },
});

type Definition = Record<string, unknown>;
const part = (d: Definition, key: string): Definition => (d[key] ?? {}) as Definition;
const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value));

/** What stands in a definition, into the form; what is not in it, empty. */
export function formOf(d: Definition): SourceForm {
  const [schedule, politeness, list, detail, paths] = ['schedule', 'politeness', 'list', 'detail', 'paths'].map((key) => part(d, key)) as [Definition, Definition, Definition, Definition, Definition];
  return {
    ...{ name: text(d['name']), title: text(d['title']), kind: text(d['kind']), url: text(d['url']) },
    ...{ enabled: d['enabled'] !== false, official: d['official'] === true, priority: text(d['priority']) },
    ...{ every: text(schedule['everySeconds']), least: text(schedule['minSeconds']), most: text(schedule['maxSeconds']), cron: text(schedule['cron']) },
    ...{ pause: text(politeness['pauseSeconds']), maxDetails: text(politeness['maxDetails']) },
    ...{ handedOnBy: text(d['handedOnBy']), region: text(d['region']), department: text(d['department']), charset: text(d['charset']) },
    ...{ item: text(list['item']), link: text(list['link']), titleAt: text(list['title']), dateAt: text(list['publishedAt']), textAt: text(list['text']), next: text(list['next']), maxPages: text(list['maxPages']) },
    ...{ detail: d['detail'] !== undefined, detailTitle: text(detail['title']), detailText: text(detail['text']), detailDate: text(detail['publishedAt']), detailRemove: ((detail['remove'] ?? []) as string[]).join('\n') },
    ...{ itemsPath: text(paths['items']), titlePath: text(paths['title']), textPath: text(paths['text']), urlPath: text(paths['url']), urlTemplate: text(paths['urlTemplate']), datePath: text(paths['publishedAt']), guidPath: text(paths['guid']) },
    ...{ include: text(d['include']), maxEntries: text(d['maxEntries']) },
  };
}

/** The definition as config/sources has it. An empty field is one that is not there; a number that is none goes as it was typed, to be refused by name. */
export function definitionOf(f: SourceForm): Definition {
  const numeric = (s: string): number | string | undefined => (s.trim() === '' ? undefined : Number.isFinite(Number(s)) ? Number(s) : s);
  const filled = (o: Definition): Definition => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined && v !== ''));
  const remove = f.detailRemove.split('\n').map((s) => s.trim()).filter((s) => s !== '');
  const detail = filled({ title: f.detailTitle.trim(), text: f.detailText.trim(), publishedAt: f.detailDate.trim(), remove: remove.length > 0 ? remove : undefined });
  const common = {
    ...{ name: f.name.trim(), title: f.title.trim(), kind: f.kind, url: f.url.trim(), enabled: f.enabled, official: f.official },
    ...{ priority: f.priority, handedOnBy: f.handedOnBy, region: f.region.trim(), department: f.department, charset: f.charset.trim() },
    schedule: f.cron.trim() !== '' ? { cron: f.cron.trim() } : filled({ everySeconds: numeric(f.every), minSeconds: numeric(f.least), maxSeconds: numeric(f.most) }),
    politeness: filled({ pauseSeconds: numeric(f.pause), maxDetails: numeric(f.maxDetails) }),
  };
  if (f.kind === 'json')
    return filled({ ...common, paths: filled({ items: f.itemsPath.trim(), title: f.titlePath.trim(), text: f.textPath.trim(), url: f.urlPath.trim(), urlTemplate: f.urlTemplate.trim(), publishedAt: f.datePath.trim(), guid: f.guidPath.trim() }) });
  if (f.kind === 'html-list')
    return filled({
      ...common,
      list: filled({ item: f.item.trim(), link: f.link.trim(), title: f.titleAt.trim(), publishedAt: f.dateAt.trim(), text: f.textAt.trim(), next: f.next.trim(), maxPages: numeric(f.maxPages) }),
      detail: f.detail ? detail : undefined,
    });
  if (f.kind === 'sitemap') return filled({ ...common, include: f.include.trim(), maxEntries: numeric(f.maxEntries), detail });
  return filled(common);
}

/** A name to begin with: the host and the first step of the path, in the letters a name may have. */
export function nameFrom(url: string): string {
  if (!URL.canParse(url)) return '';
  const { hostname, pathname } = new URL(url);
  const steps = [...hostname.replace(/^www\./, '').split('.').slice(0, 3), ...pathname.split('/').filter(Boolean).slice(0, 1)];
  const name = steps.join('-').toLowerCase().replace(/[^a-z0-9-]+/g, '-').replace(/-+/g, '-').replace(/^[^a-z]+|-$/g, '');
  return name.length >= 2 ? name.slice(0, 48) : 'source';
}

/** Which field of the form a refusal of the server is about. */
export function fieldOfKey(key: string): string {
  const FIELDS: Record<string, string> = {
    ...{ 'schedule.everySeconds': 'every', 'schedule.minSeconds': 'least', 'schedule.maxSeconds': 'most', 'schedule.cron': 'cron', schedule: 'every' },
    ...{ 'politeness.pauseSeconds': 'pause', 'politeness.maxDetails': 'maxDetails' },
    ...{ 'list.item': 'item', 'list.link': 'link', 'list.title': 'titleAt', 'list.publishedAt': 'dateAt', 'list.text': 'textAt', 'list.next': 'next', 'list.maxPages': 'maxPages' },
    ...{ 'detail.title': 'detailTitle', 'detail.text': 'detailText', 'detail.publishedAt': 'detailDate', 'detail.remove': 'detailRemove' },
    ...{ paths: 'itemsPath', 'paths.items': 'itemsPath', 'paths.title': 'titlePath', 'paths.text': 'textPath', 'paths.url': 'urlPath', 'paths.urlTemplate': 'urlTemplate', 'paths.publishedAt': 'datePath', 'paths.guid': 'guidPath' },
  };
  return FIELDS[key] ?? (key in emptyForm() ? key : '');
}
