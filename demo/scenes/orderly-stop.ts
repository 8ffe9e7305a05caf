import type { Playground } from '../playground.js';
import type { Report } from '../report.js';

/** SIGTERM, as a terminal, systemd or Kubernetes ends a process. */
export async function orderlyStop(playground: Playground, report: Report): Promise<void> {
  report.title('8. An orderly end');
  const ended = await playground.stopRouter();
  report.line(`kill -TERM: ended with code ${ended?.code} after ${((ended?.ms ?? 0) / 1000).toFixed(1)} s`);
  report.check('the router ended with code 0 within 10 s', ended?.code === 0 && ended.ms < 10_000, ended);
  const pid = await playground.workspace.databasePid();
  report.check('and it stopped its PostgreSQL, as the last one out', pid === undefined, pid);
}
