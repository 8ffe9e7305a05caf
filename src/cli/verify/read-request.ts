import { readFileSync } from 'node:fs';
import type { InboundRequest } from '../../sources/source.js';
import { MOST_BODY_MIB } from '../../sources/most-body-mib.js';
import { CommandFailure, EXIT } from '../command-failure.js';

/** What the command line says about a request. */
export interface RequestFlags {
  /** A file, or `-` for stdin. */
  readonly body: string;
  /** `Name: value` each. */
  readonly header: readonly string[];
  /** ISO 8601 or Unix seconds; default: now. */
  readonly at?: string;
  readonly method?: string;
}

const MAX_BYTES = MOST_BODY_MIB * 1_048_576;

/**
 * The request that is described, as if it came in at that time.
 * @throws CommandFailure on a file that cannot be read, a header without a name, a time that is none.
 */
export function readRequest(
  { body, header, at, method = 'POST' }: RequestFlags,
  url: string | undefined,
): InboundRequest {
  const headers: Record<string, string> = {};
  const repeated = new Set<string>();
  for (const line of header) {
    const [, name, value = ''] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*)$/s.exec(line) ?? [];
    // The line is not repeated: it may hold a token.
    if (name === undefined) throw new CommandFailure(EXIT.usage, "--header must look like 'Name: value'.");
    const key = name.toLowerCase();
    if (headers[key] !== undefined) repeated.add(key);
    headers[key] = headers[key] === undefined ? value.trimEnd() : `${headers[key]}, ${value.trimEnd()}`;
  }
  return { method: method.toUpperCase(), headers, repeated, body: readBody(body), url, receivedAt: timeOf(at) };
}

function readBody(file: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailure(EXIT.usage, `The body cannot be read from ${file === '-' ? 'stdin' : file} (${code}).`);
  }
  if (bytes.length <= MAX_BYTES) return bytes;
  throw new CommandFailure(EXIT.usage, `The body is larger than ${MOST_BODY_MIB} MiB, which no source takes.`);
}

function timeOf(at: string | undefined): Date {
  if (at === undefined) return new Date();
  const time = new Date(/^\d{9,12}$/.test(at) ? Number(at) * 1000 : at);
  if (!Number.isNaN(time.getTime()) && /^\d{4}-|^\d{9,12}$/.test(at)) return time;
  throw new CommandFailure(EXIT.usage, '--at must be a time like 2026-11-02T12:00:00Z, or Unix seconds.');
}
