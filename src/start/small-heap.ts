import { setFlagsFromString } from 'node:v8';

/**
 * What V8 is started with; it cannot be changed afterwards. Left alone, the space of new objects grows to 128 MB under load on a
 * 64-bit machine; a quarter of that costs no measurable processor time here. docs/performance.md has the figures.
 */
export const HEAP_FLAGS: readonly string[] = ['--max-semi-space-size=16'];

/**
 * Has V8 collect old objects when they have grown by three quarters, where it would wait for several times as much. That matters
 * less for the objects than for the buffers that hang on them, which V8 hardly counts. By half costs a quarter of the throughput.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=75');
}
