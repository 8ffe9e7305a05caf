/** The router alone, and what its event loop does: `GET /loop`, `GET /loop/turns`. Started by `measures/scrape.ts`. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Controller, Get, Module } from '@nestjs/common';
import { runStandalone } from '../src/hookyard.js';

/** Of the event loop, since it was last asked. Processor time is its thread's, what collects its garbage included. */
export interface Loop {
  readonly cpuMs: number;
  /** How late a timer was in all but one of a thousand cases. */
  readonly delayMs: number;
}

@Controller('loop')
class LoopController {
  private readonly delay = monitorEventLoopDelay({ resolution: 1 });
  private cpu = process.threadCpuUsage();
  private longestTurnMs = 0;
  private turning: NodeJS.Immediate | undefined;

  constructor() {
    this.delay.enable();
  }

  @Get()
  read(): Loop {
    const loop = { cpuMs: cpuMsSince(this.cpu), delayMs: this.delay.percentile(99.9) / 1e6 };
    this.cpu = process.threadCpuUsage();
    this.delay.reset();
    return loop;
  }

  /**
   * The processor time of the longest turn since it was last asked: however busy the machine is otherwise, what it gives is what
   * the loop did in one piece. It watches from the first time on for as long as it is asked, and the loop never sleeps meanwhile.
   */
  @Get('turns')
  turns(): { longestMs: number } {
    const longestMs = this.longestTurnMs;
    this.longestTurnMs = 0;
    if (this.turning) clearImmediate(this.turning);
    let last = process.threadCpuUsage();
    const turn = (): void => {
      this.longestTurnMs = Math.max(this.longestTurnMs, cpuMsSince(last));
      last = process.threadCpuUsage();
      this.turning = setImmediate(turn);
    };
    turn();
    return { longestMs };
  }

  @Get('rest')
  rest(): void {
    if (this.turning) clearImmediate(this.turning);
    this.turning = undefined;
  }
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1e3;
}

@Module({ controllers: [LoopController] })
class LoopModule {}

await runStandalone({ imports: [LoopModule] });
