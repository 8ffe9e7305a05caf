import type { Command } from 'commander';
import type { ApiFlags } from '../api/requests.js';

/** `hookyard alerts …` */
export function addAlerts(program: Command): void {
  const alerts = program.command('alerts').description('what is wrong, and whether people are told');
  alerts
    .command('list')
    .description('list what is wrong now, and what was in the last seven days')
    .option('--status <status>', 'active, or resolved')
    .option('--json', 'print them as JSON')
    .action(async (options: ApiFlags) => {
      const [{ listOf }, { ALERTS }] = [await import('../api/requests.js'), await import('../api/views.js')];
      await listOf('/alerts', ALERTS, options);
    });
  alerts
    .command('channels')
    .description('list where alerts go, and whether they arrive')
    .option('--json', 'print them as JSON')
    .action(async (options: ApiFlags) => {
      const [{ listOf }, { ALERT_CHANNELS }] = [await import('../api/requests.js'), await import('../api/views.js')];
      await listOf('/alerts/channels', ALERT_CHANNELS, options);
    });
}
