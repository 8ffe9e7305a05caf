/** What the exit code of every command means; scripts rely on it. */
export const EXIT = {
  ok: 0,
  /** It did not work, or the answer is "no". */
  failed: 1,
  /** The command line, or a file it names, cannot be understood; nothing was done. */
  usage: 2,
  /** What was asked for does not exist. */
  notFound: 3,
  /** The router does not allow it: with this key, or because a file, a variable or code declares it. */
  notAllowed: 4,
} as const;

/** A command ends without success, for a reason that its user can do something about. Messages hold no secret. */
export class CommandFailure extends Error {
  constructor(
    readonly exitCode: Exclude<(typeof EXIT)[keyof typeof EXIT], 0>,
    message: string,
    /** What to do, on a line of its own. */
    readonly hint?: string,
  ) {
    super(message);
    this.name = 'CommandFailure';
  }
}
