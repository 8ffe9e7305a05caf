import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Metric } from './metric.js';

/** Text that is made without a pause: some tenths of a millisecond. */
export const PIECE_CHARACTERS = 32 * 1024;

/**
 * Metrics in Prometheus' text format, version 0.0.4, in pieces. Between two pieces the event loop takes a turn: with a thousand
 * destinations there are tens of thousands of lines, and webhooks come in meanwhile.
 */
export async function expose(metrics: readonly Metric[]): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  let text = '';
  for (const metric of metrics) {
    text += `# HELP ${metric.name} ${metric.help}\n# TYPE ${metric.name} ${metric.type}\n`;
    for (const lines of metric.lines()) {
      text += lines;
      if (text.length < PIECE_CHARACTERS) continue;
      pieces.push(Buffer.from(text));
      text = '';
      await nextTurn();
    }
  }
  if (text !== '') pieces.push(Buffer.from(text));
  return pieces;
}
