/** Where the embedded database reports to; pino's own order of arguments, so a pino logger fits as it is. */
export interface EmbeddedLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}
