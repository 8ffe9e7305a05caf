import { stringify } from 'yaml';
import { parseDuration } from '../../config/duration.js';
import { CommandFailure, EXIT } from '../command-failure.js';
import { printJson, printTable } from '../terminal.js';
import type { ApiObject, Query } from './api-client.js';
import { connect } from './connect.js';
import type { View } from './views.js';

/** What every command over the API takes. */
export interface ApiFlags {
  readonly json?: boolean;
}

/** The other options of a list are parameters of its endpoint. */
interface ListFlags extends ApiFlags {
  readonly from?: string;
  readonly to?: string;
}

/** Prints a page of a list, as a table or as the API's answer. */
export async function listOf(path: string, view: View, { json, ...filters }: ListFlags): Promise<void> {
  const query: Query = { ...filters, from: momentOf(filters.from), to: momentOf(filters.to) };
  const { data, page } = await connect().get<readonly ApiObject[]>(path, query);
  if (json) return printJson({ data, page });
  printTable(
    view.map(([heading]) => heading),
    data.map((row) => view.map(([, show]) => show(row))),
  );
  if (page?.next) console.log(`\nMore: --cursor ${page.next}`);
}

/** Prints one object, whole. */
export async function showOne(path: string, { json }: ApiFlags): Promise<void> {
  print((await connect().get(path)).data, json);
}

/** Does something, and prints what is then. `said`: one line for people. */
export async function act(
  method: 'POST' | 'PATCH' | 'DELETE',
  path: string,
  { json }: ApiFlags,
  said: (data: ApiObject) => string,
  body?: unknown,
): Promise<void> {
  const { data } = await connect().send(method, path, body);
  if (json) printJson(data);
  else console.log(said(data));
}

/** An object, for people or programs. */
export function print(data: unknown, json: boolean | undefined): void {
  if (json) printJson(data);
  else console.log(stringify(data).trimEnd());
}

/** A part of a path. */
export function part(text: string): string {
  return encodeURIComponent(text);
}

/** `2h` is two hours ago; anything else is passed on as the time that it is. */
export function momentOf(text: string | undefined, now = Date.now()): string | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (typeof ms === 'number') return new Date(now - ms).toISOString();
  const at = new Date(text);
  if (Number.isNaN(at.getTime()))
    throw new CommandFailure(EXIT.usage, `"${text}" is no time: write 2h (ago), or 2026-11-22T17:00:00Z.`);
  return at.toISOString();
}
