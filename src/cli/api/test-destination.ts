import { EXIT } from '../command-failure.js';
import { printJson, printTable } from '../terminal.js';
import { connect } from './connect.js';
import { part, type ApiFlags } from './requests.js';
import { text } from './views.js';

/** A destination is given two minutes at most, and so is its test. */
const WITHIN_MS = 150_000;

/** Has a test sent, and prints what came of it. The exit code says whether it was delivered. */
export async function testDestination(name: string, { event, json }: ApiFlags & { event?: string }): Promise<void> {
  const body = event === undefined ? {} : { event };
  const { data } = await connect().send('POST', `/destinations/${part(name)}/test`, body, WITHIN_MS);
  // Node ends with it when all is printed.
  if (data['outcome'] !== 'delivered') process.exitCode = EXIT.failed;
  if (json) return printJson(data);
  const { outcome, statusCode, errorClass, durationMs, responseExcerpt, requestHeaders } = data;
  printTable(
    ['outcome', 'status', 'error', 'took'],
    [[text(outcome), text(statusCode), text(errorClass), `${text(durationMs)} ms`]],
  );
  if (requestHeaders !== null) {
    console.log('');
    printTable(
      ['header sent', 'value'],
      Object.entries(requestHeaders as object).map(([header, value]) => [header, text(value)]),
    );
  }
  if (typeof responseExcerpt === 'string') console.log(`\nIt answered:\n${responseExcerpt}`);
}
