import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ReportChart } from '@app/domain';

const WIDTH = 900;
const BAR = 34;

/** A chart as a picture, or why there is none: then its table must do. */
export type ChartPicture = { ok: true; png: Buffer; width: number; height: number } | { ok: false; reason: string };

/** Drawn without a browser. Fonts of the machine are used; one that has no Chinese font gets a reason instead of empty boxes. */
export async function drawChart(chart: ReportChart): Promise<ChartPicture> {
  if (chart.groups.length === 0) return { ok: false, reason: '没有可以作图的数据' };
  const height = chart.groups.length * BAR + 110;
  const svg = await chartSvg(chart, height);
  const { Resvg } = await import('@resvg/resvg-js');
  const font = { loadSystemFonts: true, defaultFontFamily: FONT, fontDirs: FONT_DIRS.filter((dir) => existsSync(dir)) };
  if (!(await hasChinese(font))) return { ok: false, reason: '本机没有中文字体，图表从略，数字见表' };
  const drawn = new Resvg(svg, { font, fitTo: { mode: 'zoom', value: 2 }, background: '#ffffff' }).render();
  return { ok: true, png: drawn.asPng(), width: WIDTH, height };
}

const FONT = 'Noto Sans CJK SC';
/** Beside those that fontconfig knows: where fonts lie on the usual systems. */
const FONT_DIRS = ['/usr/share/fonts', '/usr/local/share/fonts', join(process.env['WINDIR'] ?? 'C:\\Windows', 'Fonts'), '/System/Library/Fonts'];

let chinese: boolean | null = null;
/** Whether a Chinese letter leaves any ink. */
async function hasChinese(font: object): Promise<boolean> {
  if (chinese === null) {
    const { Resvg } = await import('@resvg/resvg-js');
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><text x="4" y="30" font-size="28" font-family="${FONT}">图</text></svg>`;
    chinese = new Resvg(svg, { font }).getBBox() !== undefined;
  }
  return chinese;
}

async function chartSvg(chart: ReportChart, height: number): Promise<string> {
  const echarts = await import('echarts');
  const drawing = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  const text = { color: '#222', fontSize: 15, fontFamily: FONT };
  drawing.setOption({
    animation: false,
    textStyle: text,
    grid: { left: 12, right: 40, top: 56, bottom: 12, containLabel: true },
    legend: { top: 10, left: 8, textStyle: text, itemWidth: 18 },
    xAxis: { type: 'value', minInterval: 1, name: chart.unit, axisLabel: text },
    yAxis: { type: 'category', inverse: true, data: chart.groups, axisLabel: { ...text, width: 240, overflow: 'truncate' }, axisTick: { show: false } },
    series: chart.series.map((s) => ({
      name: s.name,
      type: 'bar',
      stack: 'all',
      barMaxWidth: 20,
      data: s.values,
      itemStyle: { color: s.colour },
      label: { show: true, formatter: ({ value }: { value?: unknown }) => (Number(value) > 0 ? String(value) : ''), color: '#fff', fontSize: 12, fontFamily: FONT },
    })),
  });
  const svg = drawing.renderToSVGString();
  drawing.dispose();
  return svg;
}
