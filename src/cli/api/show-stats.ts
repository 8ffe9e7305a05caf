import { printJson, printTable } from '../terminal.js';
import type { ApiObject } from './api-client.js';
import { connect } from './connect.js';
import { momentOf } from './requests.js';

const STATUSES = ['pending', 'claimed', 'held', 'delivered', 'dead', 'cancelled', 'superseded'];

/** Prints what came in by source, and what went out by destination. */
export async function showStats({ from, to, json }: { from?: string; to?: string; json?: boolean }): Promise<void> {
  const { data } = await connect().get('/stats', { from: momentOf(from), to: momentOf(to) });
  if (json) return printJson(data);
  const rows = (name: string): readonly ApiObject[] => data[name] as readonly ApiObject[];
  printTable(
    ['source', 'received'],
    rows('sources').map((row) => [String(row['source']), String(row['received'])]),
  );
  console.log('');
  printTable(
    ['destination', ...STATUSES],
    rows('destinations').map((row) => ['destination', ...STATUSES].map((name) => String(row[name]))),
  );
}
