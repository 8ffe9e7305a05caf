/** One line of the table. */
export interface Figure {
  readonly measure: string;
  readonly value: number;
  readonly unit: string;
  /** What the value must reach (`least`) or not exceed (`most`); none: it is only reported. */
  readonly bar?: { readonly least?: number; readonly most?: number };
  readonly note?: string;
}

/** Does the figure keep its bar? `undefined` when it has none. */
export function isMet({ value, bar }: Figure): boolean | undefined {
  if (!bar) return undefined;
  return (bar.least === undefined || value >= bar.least) && (bar.most === undefined || value <= bar.most);
}

/** Prints figures with their bars. */
export function printTable(figures: readonly Figure[]): void {
  const rows = figures.map((figure) => [
    figure.measure,
    `${format(figure.value)} ${figure.unit}`,
    figure.bar?.least === undefined
      ? figure.bar?.most === undefined
        ? ''
        : `≤ ${format(figure.bar.most)}`
      : `≥ ${format(figure.bar.least)}`,
    isMet(figure) === undefined ? '' : isMet(figure) ? 'met' : 'MISSED',
    figure.note ?? '',
  ]);
  const all = [['measure', 'figure', 'bar', '', 'note'], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  for (const row of all)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(value >= 10 ? 1 : 2);
}
