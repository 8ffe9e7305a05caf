import type { Command } from 'commander';

/** What every list takes. */
export function withListOptions(command: Command): Command {
  return command
    .option('--limit <n>', 'how many, 1 to 200 (default 50)')
    .option('--cursor <cursor>', 'go on where a page before ended')
    .option('--json', 'print the page as JSON');
}

/** A stretch of time. */
export function withTimeOptions(command: Command): Command {
  return command
    .option('--from <time>', 'not before: 2h (ago), or 2026-11-22T17:00:00Z')
    .option('--to <time>', 'before');
}

/** What of the event is asked for. */
export function withEventFilters(command: Command): Command {
  return command
    .option('--source <slug>', 'of this source')
    .option('--source-type <type>', 'of sources of this type')
    .option('--type <pattern>', 'of this event type; * stands for anything')
    .option('--subject <subject>', 'about this subject')
    .option('--tenant <tenant>', 'of this tenant')
    .option('--external-id <id>', "with this id of the sender's")
    .option('--body <json>', 'whose body contains this JSON');
}
