/** Where this process is in its life; the start-up and the shutdown move it. */
export class Readiness {
  private state: 'starting' | 'up' | 'stopping' = 'starting';

  constructor(
    /** A process that works on the queue is not ready without it; any other is merely degraded. */
    readonly needsQueue: boolean,
  ) {}

  /** Everything is set up; probes may say ready. */
  up(): void {
    this.state = 'up';
  }

  /** Probes say not ready from now on, while what was taken is finished. */
  stopping(): void {
    this.state = 'stopping';
  }

  get isStarted(): boolean {
    return this.state !== 'starting';
  }

  get isUp(): boolean {
    return this.state === 'up';
  }
}
