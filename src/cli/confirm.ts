import { createInterface } from 'node:readline/promises';
import { CommandFailure, EXIT } from './command-failure.js';

/**
 * Asks on a terminal before something that cannot be taken back, on stderr: stdout is the answer's. @throws CommandFailure when the answer is no, or there is nobody to ask and no `--yes`.
 */
export async function confirm(question: string, yes: boolean | undefined): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new CommandFailure(EXIT.usage, `${question} There is no terminal to ask on.`, 'Say --yes.');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // Ctrl-C and Ctrl-D are a no.
    const answer = await terminal.question(`${question} [y/N] `).catch(() => {
      console.error('');
      return 'no';
    });
    if (!/^y(es)?$/i.test(answer.trim())) throw new CommandFailure(EXIT.failed, 'Nothing was done.');
  } finally {
    terminal.close();
  }
}
