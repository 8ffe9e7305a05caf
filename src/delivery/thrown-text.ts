/** What was thrown, as text for a log or an attempt. Anything can be thrown, even what cannot be turned into text; this never throws. */
export function thrownText(thrown: unknown, part: 'message' | 'stack' = 'message'): string {
  try {
    const text: unknown = thrown instanceof Error ? (thrown[part] ?? thrown.message) : thrown;
    return typeof text === 'string' ? text : String(text);
  } catch {
    return 'something that cannot be shown was thrown';
  }
}

const CONNECTION_CODES = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNREFUSED']);

/** Did the database connection break, or its server go away (SQLSTATE class 08, 57P0x)? Then the work is not at fault. */
export function isConnectionLost(thrown: unknown): boolean {
  try {
    const { code, driverError, message } = thrown as { code?: unknown; driverError?: unknown; message?: unknown };
    if (typeof code === 'string' && (CONNECTION_CODES.has(code) || /^(08|57P0)/.test(code))) return true;
    // pg's own words for a socket that is gone have no code; TypeORM wraps the driver's error.
    if (
      typeof message === 'string' &&
      /^Connection terminated|^Client has encountered a connection error/.test(message)
    )
      return true;
    return driverError !== undefined && driverError !== thrown && isConnectionLost(driverError);
  } catch {
    return false;
  }
}
