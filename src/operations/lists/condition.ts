/** Makes a parameter of a value; gives its name in the statement: `$1`. */
export type Param = (value: unknown) => string;

/** A condition of a WHERE clause. */
export type Condition = (param: Param) => string;

/** A statement with the values of its parameters. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** Builds a statement whose values all travel as parameters. */
export function statement(build: (param: Param) => string): Statement {
  const values: unknown[] = [];
  const sql = build((value) => `$${values.push(value)}`);
  return { sql, values };
}

/** `WHERE a AND b`, or nothing. */
export function whereAll(conditions: readonly Condition[], param: Param): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.map((condition) => condition(param)).join(' AND ')}`;
}

/** `column = value`, when there is a value. */
export function equals(column: string, value: unknown): Condition[] {
  return value === undefined ? [] : [(param) => `${column} = ${param(value)}`];
}

/**
 * A type as filters take it: exact, or with `*` for any run of characters, as routes have it; then `unparsed` must be named.
 */
export function typeIs(column: string, pattern: string | undefined): Condition[] {
  if (pattern === undefined || !pattern.includes('*')) return equals(column, pattern);
  return [(param) => `(${column} LIKE ${param(likePattern(pattern))} AND ${column} <> 'unparsed')`];
}

/** As LIKE writes it: what is special there is taken literally, `*` becomes `%`. */
export function likePattern(pattern: string): string {
  return pattern.replaceAll(/[\\%_]/g, String.raw`\$&`).replaceAll(/\*+/g, '%');
}
