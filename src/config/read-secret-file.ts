import { closeSync, openSync, readSync } from 'node:fs';
import { Refusal } from './from-text.js';

const maxBytes = 65_536;

/**
 * The text of a file that holds one secret, without one trailing newline; or why there is none. Not trimmed further. The
 * reason holds neither the path (somebody may have put the secret itself where its file's name belongs) nor the content.
 */
export function readSecretFile(path: string): string | Refusal {
  let bytes: Buffer;
  try {
    bytes = readBounded(path);
  } catch (error) {
    return new Refusal(`cannot be read (${errorCode(error)}); check that it exists and that this user may read it`);
  }
  if (bytes.length > maxBytes) return new Refusal('is larger than 64 KiB, so it is not one secret');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new Refusal('is not UTF-8 text; save it as UTF-8');
  }
  const secret = text.replace(/\r?\n$/, '');
  return secret.trim() === '' ? new Refusal('is empty; write the secret into it') : secret;
}

/** Never reads on without end: the path could be a device or a log. */
function readBounded(path: string): Buffer {
  const buffer = Buffer.alloc(maxBytes + 1);
  const descriptor = openSync(path, 'r');
  try {
    let length = 0;
    while (length < buffer.length) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, null);
      if (read === 0) break;
      length += read;
    }
    return buffer.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** The system's word for what went wrong: `ENOENT`. The message itself would repeat the path. */
export function errorCode(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'unknown error';
}
