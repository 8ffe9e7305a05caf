/**
 * The work's result, or a rejection with `late()` when it takes longer than `ms`. The work itself goes on; its timer does not:
 * on a busy path thousands of forgotten ones would pile up.
 */
export async function within<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
