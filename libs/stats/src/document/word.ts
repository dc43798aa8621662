import {
  AlignmentType,
  BorderStyle,
  Document,
  DocumentGridType,
  Footer,
  ImageRun,
  LineRuleType,
  Packer,
  PageNumber,
  Paragraph,
  Table,
  TableCell,
  TableRow,
  TextRun,
  VerticalAlign,
  WidthType,
} from 'docx';
import { beijingText, type Cellular, minutesText, type ReportBlock, type ReportColumn, type ReportDocument } from '@app/domain';
import { type ChartPicture, drawChart } from './chart';

/** Fonts by name, as GB/T 9704—2012 asks for them; a machine without them shows its nearest. */
const FONTS = { title: '方正小标宋简体', body: '仿宋_GB2312', black: '黑体', kai: '楷体_GB2312', song: '宋体' } as const;
type FontName = (typeof FONTS)[keyof typeof FONTS];

/** A millimetre in twips (1/1440 inch). */
const MM = 1440 / 25.4;
/** 版心 156 mm × 225 mm: 22 lines of 28 letters of 三号 (16 pt) each (GB/T 9704 5.2). */
const PAGE = { top: 37 * MM, bottom: 35 * MM, left: 28 * MM, right: 26 * MM, width: 210 * MM, height: 297 * MM };
const LINE = Math.floor((225 * MM) / 22);
const BODY_PT = 16;
/**
 * 28 letters of 16 pt are 158 mm: each is set a quarter of a point closer. By the letters themselves and not by a grid of
 * letters, which programs read differently.
 */
const CLOSER = -5;
const RED = 'FF0000';
const SMALL_LINE = { line: 360, lineRule: LineRuleType.EXACT };

/** How a document is headed: 红头 with the issuer's name, or without. */
export interface WordForm {
  /** 发文机关标志; null: no red head. */
  redHead: string | null;
}

/** A report as .docx in the form of GB/T 9704. Charts are pictures; where none can be drawn, the reason stands in its place. */
export async function wordOf(report: ReportDocument, form: WordForm = { redHead: null }): Promise<Buffer> {
  const body = [];
  for (const block of report.blocks) body.push(...(await blockOf(block)));
  const document = new Document({
    title: report.title,
    creator: report.issuer,
    evenAndOddHeaderAndFooters: true,
    styles: { default: { document: { run: fontOf(FONTS.body, BODY_PT), paragraph: { spacing: { line: LINE, lineRule: LineRuleType.EXACT } } } } },
    sections: [
      {
        properties: {
          page: {
            size: { width: Math.round(PAGE.width), height: Math.round(PAGE.height) },
            margin: { top: Math.round(PAGE.top), bottom: Math.round(PAGE.bottom), left: Math.round(PAGE.left), right: Math.round(PAGE.right), footer: Math.round(28 * MM) },
          },
          grid: { type: DocumentGridType.LINES, linePitch: LINE },
        },
        // 单页码居右空一字, 双页码居左空一字 (7.5).
        footers: { default: footer(AlignmentType.RIGHT), even: footer(AlignmentType.LEFT) },
        children: [...headOf(report, form), ...body, ...signatureOf(report)],
      },
    ],
  });
  return Packer.toBuffer(document);
}

function headOf(report: ReportDocument, { redHead }: WordForm): Paragraph[] {
  const lines: Paragraph[] = [];
  if (redHead !== null) {
    lines.push(centred(redHead, FONTS.title, 36, { color: RED, lines: 2 }));
    lines.push(centred(report.number ?? '', FONTS.body, BODY_PT));
    lines.push(new Paragraph({ children: [], border: { bottom: { style: BorderStyle.SINGLE, size: 12, color: RED, space: 4 } } }));
    lines.push(new Paragraph({ children: [] }));
  } else if (report.number !== null) lines.push(centred(report.number, FONTS.body, BODY_PT));
  for (const line of report.title.split('\n')) lines.push(centred(line, FONTS.title, 22, { lines: 1.25 }));
  lines.push(new Paragraph({ alignment: AlignmentType.CENTER, spacing: SMALL_LINE, children: [run(report.about, FONTS.kai, 12)] }));
  lines.push(new Paragraph({ children: [] }));
  if (report.addressee !== null) lines.push(new Paragraph({ children: [run(`${report.addressee}：`, FONTS.body, BODY_PT)] }));
  return lines;
}

/** 发文机关署名 and 成文日期, the day four letters from the right (7.3.5). */
function signatureOf(report: ReportDocument): Paragraph[] {
  const right = (text: string, letters: number) =>
    new Paragraph({ alignment: AlignmentType.RIGHT, indent: { right: letters * BODY_PT * 20 }, keepLines: true, children: [run(text, FONTS.body, BODY_PT)] });
  return [new Paragraph({ children: [] }), right(report.issuer, 2), right(report.date, 4)];
}

async function blockOf(block: ReportBlock): Promise<(Paragraph | Table)[]> {
  switch (block.kind) {
    case 'heading':
      return [new Paragraph({ keepNext: true, indent: { firstLine: 2 * BODY_PT * 20 }, heading: block.level === 1 ? 'Heading1' : 'Heading2', spacing: { before: 0, after: 0, line: LINE, lineRule: LineRuleType.EXACT }, children: [run(block.text, block.level === 1 ? FONTS.black : FONTS.kai, BODY_PT)] })];
    case 'paragraph':
      return [new Paragraph({ alignment: AlignmentType.BOTH, indent: { firstLine: 2 * BODY_PT * 20 }, children: [run(block.text, FONTS.body, BODY_PT)] })];
    case 'table':
      return [caption(block.caption), tableOf(block.columns, block.rows), new Paragraph({ spacing: SMALL_LINE, children: [] })];
    case 'chart': {
      const picture = await drawChart(block.chart);
      return [pictureOf(picture), caption(block.chart.caption, false)];
    }
  }
}

function pictureOf(picture: ChartPicture): Paragraph {
  const spacing = { line: 240, lineRule: LineRuleType.AUTO };
  if (!picture.ok) return new Paragraph({ alignment: AlignmentType.CENTER, children: [run(`（${picture.reason}）`, FONTS.kai, 12)] });
  const width = 570;
  const height = Math.round((picture.height / picture.width) * width);
  return new Paragraph({ alignment: AlignmentType.CENTER, spacing, keepNext: true, children: [new ImageRun({ type: 'png', data: picture.png, transformation: { width, height } })] });
}

function tableOf(columns: readonly ReportColumn[], rows: readonly Cellular[][]): Table {
  const whole = columns.reduce((sum, c) => sum + c.weight, 0);
  const full = Math.round(156 * MM);
  const widths = columns.map((c) => Math.floor((c.weight / whole) * full));
  const cell = (text: string, i: number, head = false): TableCell =>
    new TableCell({
      width: { size: widths[i] ?? 0, type: WidthType.DXA },
      verticalAlign: VerticalAlign.CENTER,
      margins: { left: 60, right: 60, top: 20, bottom: 20 },
      ...(head ? { shading: { fill: 'EFEFEF' } } : {}),
      children: [
        new Paragraph({
          alignment: head ? AlignmentType.CENTER : columns[i]?.align === 'right' ? AlignmentType.RIGHT : AlignmentType.LEFT,
          spacing: { line: 300, lineRule: LineRuleType.EXACT },
          keepLines: true,
          children: [run(text, head ? FONTS.black : FONTS.song, 10.5)],
        }),
      ],
    });
  const line = { style: BorderStyle.SINGLE, size: 4, color: '808080' };
  // Rows that must not split below a repeated head make LibreOffice lose them where the first does not fit on the page: the
  // lines of their cells hold together instead.
  return new Table({
    width: { size: full, type: WidthType.DXA },
    columnWidths: widths,
    borders: { top: line, bottom: line, left: line, right: line, insideHorizontal: line, insideVertical: line },
    rows: [
      new TableRow({ tableHeader: true, cantSplit: true, children: columns.map((c, i) => cell(c.title, i, true)) }),
      ...(rows.length === 0 ? [columns.map((_, i) => (i === 0 ? '无' : ''))] : rows).map(
        (r) => new TableRow({ children: columns.map((c, i) => cell(shownValue(r[i] ?? null, c), i)) }),
      ),
    ],
  });
}

/** A value of a table as people read it. */
export function shownValue(value: Cellular, column?: Pick<ReportColumn, 'as'>): string {
  if (value === null) return '—';
  if (value instanceof Date) return beijingText(value);
  if (typeof value === 'number' && column?.as === 'share') return `${(value * 100).toFixed(1)}%`;
  if (typeof value === 'number' && column?.as === 'minutes') return minutesText(value);
  return String(value);
}

/** Above a table it stays with it; below a picture it does not hold what follows. */
function caption(text: string, keepNext = true): Paragraph {
  return new Paragraph({ alignment: AlignmentType.CENTER, keepNext, spacing: { ...SMALL_LINE, before: 80 }, children: [run(text, FONTS.black, 12)] });
}

function centred(text: string, font: FontName, pt: number, more: { color?: string; lines?: number } = {}): Paragraph {
  const spacing = { line: Math.round(LINE * (more.lines ?? 1)), lineRule: LineRuleType.AT_LEAST };
  return new Paragraph({ alignment: AlignmentType.CENTER, spacing, children: [run(text, font, pt, more.color)] });
}

/** `— 1 —` in 四号 半角 宋体. */
function footer(alignment: (typeof AlignmentType)[keyof typeof AlignmentType]): Footer {
  const number = new TextRun({ ...fontOf(FONTS.song, 14), children: ['— ', PageNumber.CURRENT, ' —'] });
  return new Footer({ children: [new Paragraph({ alignment, indent: { left: 14 * 20, right: 14 * 20 }, children: [number] })] });
}

function run(text: string, font: FontName, pt: number, color?: string): TextRun {
  return new TextRun({ text, ...fontOf(font, pt), color: color ?? '000000', ...(pt === BODY_PT ? { characterSpacing: CLOSER } : {}) });
}

function fontOf(font: FontName, pt: number) {
  return { font: { ascii: 'Times New Roman', hAnsi: 'Times New Roman', eastAsia: font }, size: pt * 2 };
}
