import { decodeHTML } from 'entities';
import { Parser } from 'htmlparser2';

/** An element of a tolerant XML tree, namespaces resolved. */
export interface XmlNode {
  /** Local name, lower case. */
  name: string;
  /** Local name as written. */
  rawName: string;
  /** Namespace URI, lower case; '' without one. Undeclared prefixes keep the prefix as `prefix:`. */
  ns: string;
  prefixed: boolean;
  attrs: Record<string, string>;
  children: (XmlNode | string)[];
  parent: XmlNode | null;
}

export const MAX_DEPTH = 200;
export const MAX_NODES = 400_000;

/** The document was too large or too deep to be a feed. */
export class XmlLimit extends Error {}

interface Frame {
  node: XmlNode;
  prefixes: Record<string, string>;
}

/**
 * Reads XML that may be broken: unclosed and crossed tags, bare ampersands, HTML entities. Nothing is ever
 * expanded: a DOCTYPE is cut off before reading and entities it declares stay as written.
 * `closes(open, next)` may say that a start tag ends the element that is open.
 * @throws XmlLimit beyond MAX_DEPTH or MAX_NODES.
 */
export function readXml(xml: string, closes: (open: XmlNode, next: string) => boolean = () => false): XmlNode {
  const root: XmlNode = {
    name: '#root',
    rawName: '#root',
    ns: '',
    prefixed: false,
    attrs: {},
    children: [],
    parent: null,
  };
  let stack: Frame[] = [{ node: root, prefixes: { xml: 'xml' } }];
  let count = 0;
  let inCdata = false;
  const top = (): Frame => stack[stack.length - 1] as Frame;
  const addText = (text: string): void => {
    const children = top().node.children;
    const last = children.length - 1;
    if (typeof children[last] === 'string') children[last] += text;
    else children.push(text);
  };
  const parser = new Parser(
    {
      onopentag(qname, rawAttrs) {
        if (++count > MAX_NODES) throw new XmlLimit(`more than ${MAX_NODES} elements`);
        while (stack.length > 1 && closes(top().node, qname.toLowerCase())) stack.pop();
        if (stack.length > MAX_DEPTH) throw new XmlLimit(`nested deeper than ${MAX_DEPTH}`);
        const prefixes = declaredIn(rawAttrs, top().prefixes);
        const [prefix, local] = split(qname);
        const attrs: Record<string, string> = {};
        for (const [k, v] of Object.entries(rawAttrs)) attrs[attrName(k, prefixes)] = decodeHTML(v);
        const ns = prefixes[prefix] ?? (prefix === '' ? '' : prefix + ':');
        const node: XmlNode = {
          name: local.toLowerCase(),
          rawName: local,
          ns,
          prefixed: prefix !== '',
          attrs,
          children: [],
          parent: top().node,
        };
        top().node.children.push(node);
        stack.push({ node, prefixes });
      },
      onclosetag(qname) {
        const local = split(qname)[1].toLowerCase();
        const at = stack.findLastIndex((f) => f.node.name === local);
        if (at > 0) stack = stack.slice(0, at);
      },
      ontext(text) {
        addText(inCdata ? text : decodeHTML(text));
      },
      oncdatastart() {
        inCdata = true;
      },
      oncdataend() {
        inCdata = false;
      },
    },
    { xmlMode: true, decodeEntities: false },
  );
  parser.end(cutDoctype(xml));
  return root;
}

const split = (qname: string): [string, string] => {
  const i = qname.indexOf(':');
  return i < 0 ? ['', qname] : [qname.slice(0, i).toLowerCase(), qname.slice(i + 1)];
};

function declaredIn(attrs: Record<string, string>, outer: Record<string, string>): Record<string, string> {
  let out = outer;
  for (const [k, v] of Object.entries(attrs)) {
    if (k !== 'xmlns' && !k.startsWith('xmlns:')) continue;
    if (out === outer) out = { ...outer };
    out[k === 'xmlns' ? '' : k.slice(6).toLowerCase()] = v.trim().toLowerCase();
  }
  return out;
}

function attrName(qname: string, prefixes: Record<string, string>): string {
  const [prefix, local] = split(qname);
  if (prefix === '' || prefix === 'xmlns') return qname.toLowerCase();
  if (prefix === 'xml') return 'xml:' + local.toLowerCase();
  return /w3\.org\/1999\/02\/22-rdf/.test(prefixes[prefix] ?? '')
    ? 'rdf:' + local.toLowerCase()
    : `${prefix}:${local}`.toLowerCase();
}

/** Removes `<!DOCTYPE …>` with its internal subset, whatever it declares. */
export function cutDoctype(xml: string): string {
  const prolog = /^(?:\s+|<\?[^>]*>|<!--[\s\S]*?-->)*<!DOCTYPE/i.exec(xml);
  if (!prolog) return xml;
  const start = prolog[0].length - 9;
  let i = start + 9;
  let depth = 0;
  let quote = '';
  for (; i < xml.length; i++) {
    const c = xml[i] as string;
    if (quote) {
      if (c === quote) quote = '';
    } else if (c === '"' || c === "'") quote = c;
    else if (c === '[') depth++;
    else if (c === ']') depth--;
    else if (c === '>' && depth <= 0) break;
  }
  // An unfinished DOCTYPE: take the end of its line rather than lose the document.
  if (i >= xml.length) i = Math.max(xml.indexOf('>', start), start);
  return xml.slice(0, start) + xml.slice(i + 1);
}

/** All text below a node, markup dropped. */
export function textOf(node: XmlNode): string {
  return node.children.map((c) => (typeof c === 'string' ? c : textOf(c))).join('');
}

const escapeText = (s: string): string => s.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** The children of a node as markup again (for XHTML contents). */
export function innerMarkup(node: XmlNode): string {
  return node.children
    .map((c) => (typeof c === 'string' ? escapeText(c) : `<${c.name}>${innerMarkup(c)}</${c.name}>`))
    .join('');
}
