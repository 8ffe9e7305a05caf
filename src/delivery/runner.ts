import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** This process, as batches and attempts name it. Never the same twice: a restarted process must not pass for its predecessor. */
export class Runner {
  readonly id = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`;
}
