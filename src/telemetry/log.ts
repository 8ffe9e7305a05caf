import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from '../config/config.js';
import { correlation } from './correlation.js';
import { LineBuffer } from './line-buffer.js';

export type Log = Logger;

/**
 * The process's logger: one JSON object a line on stdout, or readable lines on a terminal.
 * Levels by what they ask: ERROR someone must act, WARN look at it today, INFO one line per unit of work, DEBUG for us.
 */
export function createLog(settings: Config['log']): Log {
  const options = {
    level: settings.level,
    base: undefined,
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    mixin: correlation,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return settings.format === 'pretty'
    ? pino(
        options,
        pretty({
          messageKey: 'message',
          timestampKey: 'time',
          translateTime: 'SYS:HH:MM:ss.l',
          singleLine: true,
          sync: true,
        }),
      )
    : pino(options, stdout());
}

let shared: LineBuffer | undefined;

/** One for the process, written out whichever way it ends in order. */
function stdout(): LineBuffer {
  if (!shared) {
    const lines = new LineBuffer(pino.destination({ fd: 1, sync: true }));
    process.once('exit', () => lines.flush());
    shared = lines;
  }
  return shared;
}

/** Who in Nest tells what it does at every start. */
const NARRATORS = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

/**
 * What is said through Nest's `Logger`, in the same stream: the application's lines at the level it gave them. Nest's own
 * start-up narration is DEBUG, so that the log begins with ours.
 */
export function nestLogger(log: Log): LoggerService {
  const line =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: unknown, ...rest: unknown[]) => {
      const last = rest.at(-1);
      const context = typeof last === 'string' ? last : undefined;
      const isNarration = level === 'info' && context !== undefined && NARRATORS.has(context);
      log[isNarration ? 'debug' : level]({ context }, String(message));
    };
  return {
    log: line('info'),
    debug: line('debug'),
    verbose: line('debug'),
    warn: line('warn'),
    error: line('error'),
    fatal: line('error'),
  };
}
