/**
 * Ends the process when whoever read its output has gone (`hookyard events list | head -1`): they have what they wanted, so that is no failure, and
 * `tail` must not print into nothing for ever. What else is wrong with the output is thrown.
 */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit();
    });
  }
}
