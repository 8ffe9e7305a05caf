/** Deliveries made by one chunk at most: its locks are short, and a cancel is heard soon. */
export const CHUNK = 500;
/** What has gathered while nobody worked (a restart) is forgotten beyond this: a pace is a pace, not an average. */
const BURST_SECONDS = 1;
/** Chunks per second, about, that a pace is cut into. */
const CHUNKS_PER_SECOND = 10;

/** How many deliveries may be made now. `tokens`: left at the last chunk; negative when one event went to many destinations. */
export function tokensNow(tokens: number, elapsedSeconds: number, pacePerSecond: number): number {
  const most = Math.max(1, pacePerSecond * BURST_SECONDS);
  return Math.min(most, tokens + Math.max(0, elapsedSeconds) * pacePerSecond);
}

/** Until the next chunk is worth while, in ms. */
export function waitForTokens(tokens: number, pacePerSecond: number): number {
  const wanted = Math.min(CHUNK, Math.max(1, pacePerSecond / CHUNKS_PER_SECOND));
  return Math.max(0, Math.ceil(((wanted - tokens) / pacePerSecond) * 1000));
}
