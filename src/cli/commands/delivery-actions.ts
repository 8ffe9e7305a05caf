import type { Command } from 'commander';
import type { ApiFlags } from '../api/requests.js';

const ACTIONS = {
  retry: 'send a dead, cancelled or waiting delivery again, now: the same one, with a fresh budget',
  cancel: 'send a delivery not any more',
  release: 'let a held delivery go',
} as const;

/** `hookyard retry`, `cancel` and `release`. */
export function addDeliveryActions(program: Command): void {
  for (const [action, about] of Object.entries(ACTIONS)) {
    program
      .command(action)
      .argument('<delivery>', 'dlv_…')
      .description(about)
      .option('--json', 'print the delivery as JSON')
      .action(async (id: string, options: ApiFlags) => {
        const { act, part } = await import('../api/requests.js');
        await act(
          'POST',
          `/deliveries/${part(id)}/${action}`,
          options,
          (data) => `${id} is ${String(data['status'])}.`,
        );
      });
  }
}
