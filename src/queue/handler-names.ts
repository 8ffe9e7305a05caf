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
