import type { Command } from 'commander';

/** `hookyard doctor` */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'look whether a router can run here, with the settings of this folder and environment, running or not: what is wrong comes with its cure, and exit code 1',
    )
    .option('--json', 'print the findings as JSON')
    .action(async (options: { json?: boolean }) => {
      const { doctor } = await import('../doctor/doctor.js');
      process.exitCode = await doctor(options);
    });
}
