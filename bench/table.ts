import { median, spread } from './statistics.js';

/** One line of the table. */
export interface Figure {
  readonly measure: string;
  readonly value: number;
  readonly unit: string;
  /** What the same machine did in the same run with something else. The bar is then the ratio's. */
  readonly baseline?: { readonly name: string; readonly value: number };
  /** What the ratio, or without a baseline the value, must reach (`least`) or not exceed (`most`); none: only reported. */
  readonly bar?: Bar;
  /** What we would like it to be. */
  readonly reach?: Bar;
  readonly note?: string;
}

export interface Bar {
  readonly least?: number;
  readonly most?: number;
}

/** A figure out of A B A B rounds: medians, their ratio, and the spread as the note. */
export function compared(
  about: Pick<Figure, 'measure' | 'unit' | 'bar' | 'reach' | 'note'>,
  samples: { readonly a: readonly number[]; readonly b: readonly number[] },
  baseline: string,
): Figure {
  const percent = (values: readonly number[]): string => `${Math.round(spread(values) * 100)} %`;
  const note = `spread ${percent(samples.a)} / ${percent(samples.b)}${about.note ? `; ${about.note}` : ''}`;
  return { ...about, value: median(samples.a), baseline: { name: baseline, value: median(samples.b) }, note };
}

/** The figure over its baseline; `undefined` without one. */
export function ratioOf({ value, baseline }: Figure): number | undefined {
  return baseline && value / baseline.value;
}

/** Does the figure keep its bar? `undefined` when it has none. */
export function isMet(figure: Figure): boolean | undefined {
  return figure.bar && within(ratioOf(figure) ?? figure.value, figure.bar, 1);
}

/** Less than half of what a ratio must be: not a slow machine, a regression. Figures without a baseline never are. */
export function isGrosslyMissed(figure: Figure): boolean {
  const ratio = ratioOf(figure);
  return ratio !== undefined && figure.bar !== undefined && !within(ratio, figure.bar, 2);
}

function within(value: number, { least, most }: Bar, slack: number): boolean {
  return (least === undefined || value >= least / slack) && (most === undefined || value <= most * slack);
}

const HEADER = ['measure', 'figure', 'baseline', 'ratio', 'bar', 'met', 'reach for', 'note'];

/** The figures as lines of aligned columns. */
export function textTable(figures: readonly Figure[]): string {
  const rows = [HEADER, ...figures.map(cells)];
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The figures as a table in Markdown. */
export function markdownTable(figures: readonly Figure[]): string {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  return [line(HEADER), line(HEADER.map(() => '---')), ...figures.map((figure) => line(cells(figure)))].join('\n');
}

function cells(figure: Figure): string[] {
  const { measure, value, unit, baseline, bar, reach, note } = figure;
  const ratio = ratioOf(figure);
  const met = isMet(figure);
  const suffix = baseline ? '×' : '';
  return [
    measure,
    `${format(value)} ${unit}`.trim(),
    baseline ? `${format(baseline.value)} (${baseline.name})` : '',
    ratio === undefined ? '' : `${format(ratio)}×`,
    barText(bar, suffix),
    met === undefined ? '' : met ? 'yes' : 'NO',
    barText(reach, suffix),
    note ?? '',
  ];
}

function barText(bar: Bar | undefined, suffix: string): string {
  if (bar?.least !== undefined) return `≥ ${format(bar.least)}${suffix}`;
  return bar?.most === undefined ? '' : `≤ ${format(bar.most)}${suffix}`;
}

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(value >= 10 ? 1 : 2);
}
