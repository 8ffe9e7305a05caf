import type { Notice } from '../notice.js';

/** How the sending of a notice ended. `error`: a code or a few words, never a URL or a secret. */
export type Sent =
  | { readonly kind: 'sent' }
  /** Nothing more may be sent this way for so long; this is no failure of the notice. */
  | { readonly kind: 'wait'; readonly ms: number; readonly error: string }
  | { readonly kind: 'again'; readonly error: string }
  /** It will never be taken. */
  | { readonly kind: 'refused'; readonly error: string };

/** One way to people. */
export interface Notifier {
  /** Known in the database and the log by this. */
  readonly name: string;
  /** Also told in the quiet hours: nobody is woken by it. */
  readonly isSilent: boolean;
  /** Sends one notice; never rejects for what the other side does, and ends when `signal` does. */
  send(notice: Notice, signal: AbortSignal): Promise<Sent>;
}
