/** No source takes a larger body, whatever is configured: bodies are held in memory while they come in, within a bound. */
export const MOST_BODY_MIB = 25;
