/** One thing that an apply would do. Names keys, never values. */
export interface PlannedChange {
  /** `undeclare`: it is paused and keeps its backlog; `remove`: gone for good; `declare`: it comes back. */
  readonly action: 'create' | 'change' | 'declare' | 'undeclare' | 'remove';
  readonly kind: 'source' | 'destination' | 'route';
  readonly name: string;
  /** Which keys change; empty unless `change`. */
  readonly keys: readonly string[];
}

/** Whether doing it takes something from somebody; such a plan wants a yes. */
export function isDestructive({ action, kind }: PlannedChange): boolean {
  return action === 'remove' ? kind !== 'route' : action === 'undeclare';
}
