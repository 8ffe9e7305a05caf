/** Why a destination is paused although no person paused it, as its gate says. */
export const PAUSED_BY_ANSWER = 'the destination answered 410 Gone, or what its statuses call pause';
export const PAUSED_UNDECLARED = 'no longer declared';
