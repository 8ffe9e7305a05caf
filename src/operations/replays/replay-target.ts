import { z } from 'zod';
import { HttpError } from '../../errors.js';

const NAME = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[^\0]*$/, 'holds a NUL character');

/** Where a replay goes: `destination`, or several `destinations`; neither: where the routes send the event today. */
export const targetFields = {
  destination: NAME.optional(),
  destinations: z.array(NAME).min(1).max(50).optional(),
};

/** The names asked for, each once. @throws HttpError `INVALID_REQUEST` when both ways were used. */
export function namesOf(request: { destination?: string; destinations?: string[] }): readonly string[] | undefined {
  const { destination, destinations } = request;
  if (destination !== undefined && destinations !== undefined) {
    throw new HttpError('INVALID_REQUEST', 400, 'destination, destinations: give one of them');
  }
  return destination !== undefined ? [destination] : destinations && [...new Set(destinations)];
}

/** 404: nobody has some of these names now. */
export function unknownDestinations(asked: readonly string[], unknown: readonly string[]): HttpError {
  const places = unknown.map((name) => asked.indexOf(name) + 1).join(', ');
  const which = asked.length === 1 ? '' : ` (number ${places} of those named)`;
  return new HttpError('DESTINATION_NOT_FOUND', 404, `There is no such destination${which}.`);
}
