import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow';

/** Text in a colour, where stdout is a terminal and NO_COLOR is not set; else as it is. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** One JSON value on stdout, for `--json`. */
export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}

/**
 * Rows under headings, in columns two spaces apart; on a terminal the headings are bold and lines end at its edge.
 * Cells are texts without line breaks.
 */
export function printTable(headings: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  // Some terminals (of CI, of debuggers) say that they are 0 wide.
  const edge = (process.stdout.isTTY && process.stdout.columns) || Number.POSITIVE_INFINITY;
  for (const [index, row] of [headings, ...rows].entries()) {
    const line = row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
    const fitting = line.length > edge ? `${line.slice(0, Math.max(edge - 1, 0))}…` : line;
    console.log(index === 0 ? styled('bold', fitting) : fitting);
  }
}
