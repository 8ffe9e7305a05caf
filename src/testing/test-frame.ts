/** The two functions that Jest, Vitest and node:test have in common. */
export interface TestFrame {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => void) => unknown;
}

/** When the contract's requests are sent: a whole second, so that a tolerance can be met exactly. */
export const CONTRACT_TIME = new Date('2026-11-02T12:00:00Z');
