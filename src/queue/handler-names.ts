/** A handler that no process has had for this long is nobody's any more; until then a rolling deploy may just mix builds. */
export const HANDLER_ABSENT_AFTER = '10 minutes';

/** The names of the in-process handlers that this process has; filled at start, before anything is claimed. */
export class HandlerNames {
  private readonly names = new Set<string>();

  add(name: string): void {
    this.names.add(name);
  }

  has(name: string): boolean {
    return this.names.has(name);
  }
}
