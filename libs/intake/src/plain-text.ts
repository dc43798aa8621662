import { Parser } from 'htmlparser2';

/** Elements that end a line when markup becomes plain text. */
const BLOCKS = new Set(
  'address article aside blockquote br dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table td th tr ul'.split(
    ' ',
  ),
);
/** Elements whose contents are never text for a reader. */
const SILENT = new Set(['script', 'style', 'noscript', 'template', 'head']);

/**
 * Markup to plain text: tags removed, entities decoded, blocks as lines. A bare `<` that starts no tag stays.
 * @param max longest result in UTF-16 units; the rest is cut.
 */
export function plainText(markup: string, max = 200_000): string {
  return rendered(markup, max, '');
}

/** The same with a blank where any element begins: what stands in two boxes side by side is not one word. */
export function spacedText(markup: string, max = 200_000): string {
  return rendered(markup, max, ' ');
}

function rendered(markup: string, max: number, between: string): string {
  if (!/[<&]/.test(markup)) return tidyText(markup).slice(0, max);
  let out = '';
  let silent = 0;
  const parser = new Parser(
    {
      onopentag(name) {
        if (SILENT.has(name)) silent++;
        else out += BLOCKS.has(name) ? '\n' : between;
      },
      onclosetag(name) {
        if (SILENT.has(name)) silent = Math.max(0, silent - 1);
        else if (BLOCKS.has(name) && name !== 'br') out += '\n';
      },
      ontext(text) {
        if (silent === 0 && out.length < max * 2) out += text;
      },
    },
    { decodeEntities: true, lowerCaseTags: true },
  );
  parser.end(markup);
  return tidyText(out).slice(0, max);
}

/** One line, for titles. */
export function plainTitle(markup: string, max = 500): string {
  return plainText(markup, max * 4)
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, max);
}

/** Drops what PostgreSQL refuses (NUL, lone surrogates) and control characters; blanks and lines tidied. */
export function tidyText(s: string): string {
  return s
    .replace(/\p{Surrogate}/gu, '')
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[ \t\u00a0\u3000]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{2,}/g, '\n')
    .trim();
}
