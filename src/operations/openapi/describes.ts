import { applyDecorators, Header, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { z } from 'zod';

/** What the OpenAPI document says of an endpoint, beyond what its input schemas, role and path say already. */
export interface Description {
  /** One line, without a full stop. */
  readonly summary: string;
  /** Of `data` in the answer; of one row, where the answer has a page. Times are `answerTime`. */
  readonly answer?: z.ZodType;
  /** The answer has a page, though nobody may ask for another one. */
  readonly list?: true;
  /** Another media type than the JSON envelope. */
  readonly mediaType?: string;
}

/** `@Describes({ summary, answer })` on a method of a controller. */
export const Describes = Reflector.createDecorator<Description>();

/** When an endpoint was given up, when it goes, and what to use instead. */
export interface Deprecation {
  readonly since: Date;
  readonly sunset: Date;
  readonly instead: string;
}

const DEPRECATION = 'hookyard:deprecation';

/**
 * `@Deprecated({ since, sunset, instead })` on a method: it goes on working, answers with `Deprecation` (RFC 9745) and `Sunset` (RFC 8594),
 * and is marked in the OpenAPI document.
 */
export function Deprecated(deprecation: Deprecation): MethodDecorator {
  return applyDecorators(
    SetMetadata(DEPRECATION, deprecation),
    Header('deprecation', `@${Math.trunc(deprecation.since.getTime() / 1_000)}`),
    Header('sunset', deprecation.sunset.toUTCString()),
  );
}

/** What `@Deprecated` said of a handler. */
export function deprecationOf(handler: object): Deprecation | undefined {
  return Reflect.getMetadata(DEPRECATION, handler) as Deprecation | undefined;
}
