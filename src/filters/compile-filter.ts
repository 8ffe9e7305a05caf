import type { Condition, Filter, Work } from './filter.js';
import { COMPARISONS, compares, eachOf, equals, isOneOf, type ValueTest } from './operators.js';
import { parsePath, someAt } from './path.js';
import { problemsWithSize, problemsWithValue, where, type FilterProblem } from './problems.js';
import { compileExpression } from './regular-expression.js';
import { isBlock, STEPS_PER_VALUE } from './values.js';

/** The fields of the filter document that hold one value, and those that hold more. */
const SINGLE = ['source', 'sourceType', 'type', 'subject', 'tenant', 'livemode'];
const NESTED = ['headers', 'data'];

const JUNCTIONS = ['$and', '$or', '$nor'];
const OPERATORS = '$eq $ne $gt $gte $lt $lte $in $nin $exists $not $all $size $elemMatch $regex $options'.split(' ');

/** Collects what is wrong while it compiles. */
type Say = (path: string, message: string) => void;

/** How a path is read: of the whole document, or of an item under `$elemMatch`. */
type ReadPath = (key: string, at: string, say: Say) => string[] | undefined;

/**
 * Compiles a filter: Mongo's operators, those of `OPERATORS` and `JUNCTIONS` and no others, over the fields of `FilterDocument`.
 * @returns every problem, when there is one. Nothing of the input is run, and what is compiled keeps no reference to it.
 */
export function compileFilter(input: unknown): Filter | readonly FilterProblem[] {
  const size = problemsWithSize(input);
  if (size.length > 0) return size;
  const problems: FilterProblem[] = [];
  const copy: unknown = structuredClone(input);
  const conditions = compileQuery(copy, '', documentPath, (path, message) => problems.push({ path, message }));
  return problems.length > 0 ? problems : { conditions };
}

/** The conditions of a query; all must hold. */
function compileQuery(query: unknown, at: string, readPath: ReadPath, say: Say): Condition[] {
  if (!isBlock(query)) {
    say(at, 'must be a block of keys');
    return [];
  }
  const entries = Object.entries(query);
  if (entries.length === 0) say(at, 'is empty; write a condition, or leave it out');
  return entries.flatMap(([key, value]) => {
    const here = where(at, key);
    if (JUNCTIONS.includes(key)) return compileJunction(key, value, here, readPath, say);
    if (key.startsWith('$')) {
      const known = OPERATORS.includes(key)
        ? 'stands below a field, for example'
        : 'is not an operator here. For example';
      say(here, `${known} "data.amount": { $gt: 5 }; beside fields: ${JUNCTIONS.join(', ')}`);
      return [];
    }
    const path = readPath(key, here, say);
    if (path === undefined) return [];
    return compileTests(value, here, say).map(({ where: place, holdsAt }) => ({
      where: place,
      holds: (document, work) => holdsAt(document, path, work),
    }));
  });
}

function compileJunction(kind: string, value: unknown, at: string, readPath: ReadPath, say: Say): Condition[] {
  if (!Array.isArray(value) || value.length === 0) {
    say(at, 'must be a list of filters, and not an empty one');
    return [];
  }
  const branches = value.map((branch, index) => compileQuery(branch, `${at}[${index}]`, readPath, say));
  if (kind === '$and') return branches.flat();
  const isAny = (document: unknown, work: Work): boolean =>
    branches.some((branch) => branch.every(({ holds }) => holds(document, work)));
  return [{ where: at, holds: (document, work) => isAny(document, work) === (kind === '$or') }];
}

/** A condition on what stands at a path. */
interface FieldCondition {
  readonly where: string;
  readonly holdsAt: (root: unknown, path: readonly string[], work: Work) => boolean;
}

/** Holds when one value at the path passes, or, for "not", when none does. */
function some(at: string, test: ValueTest, isNegated = false): FieldCondition[] {
  const holdsAt: FieldCondition['holdsAt'] = (root, path, work) =>
    someAt(root, path, (value) => test(value, work), work) !== isNegated;
  return [{ where: at, holdsAt }];
}

/** What a field must meet: a plain value is `$eq`. */
function compileTests(value: unknown, at: string, say: Say): FieldCondition[] {
  if (!isBlock(value) || !hasOperator(value)) {
    problemsWithValue(value, at).forEach(({ path, message }) => say(path, message));
    return some(at, equals(value));
  }
  const keys = Object.keys(value);
  if (keys.includes('$options') && !keys.includes('$regex')) say(where(at, '$options'), 'needs $regex beside it');
  return keys.filter((key) => key !== '$options').flatMap((key) => compileOperator(key, value, where(at, key), say));
}

function hasOperator(value: unknown): boolean {
  return isBlock(value) && Object.keys(value).some((key) => key.startsWith('$'));
}

function compileOperator(
  key: string,
  block: Readonly<Record<string, unknown>>,
  at: string,
  say: Say,
): FieldCondition[] {
  const operand = block[key];
  const refuse = (message: string): FieldCondition[] => {
    say(at, message);
    return [];
  };
  if (!OPERATORS.includes(key)) return refuse(`is not an operator. Known: ${[...OPERATORS, ...JUNCTIONS].join(', ')}`);
  if (!['$not', '$elemMatch'].includes(key)) {
    problemsWithValue(operand, at).forEach(({ path, message }) => say(path, message));
  }
  const compare = COMPARISONS[key];
  if (compare) {
    if (typeof operand !== 'number' && typeof operand !== 'string') return refuse('must be a number or a text');
    return some(at, compares(operand, compare));
  }
  switch (key) {
    case '$eq':
    case '$ne':
      return some(at, equals(operand), key === '$ne');
    case '$in':
    case '$nin':
      if (!Array.isArray(operand)) return refuse('must be a list of values');
      return some(at, isOneOf(operand), key === '$nin');
    case '$all':
      if (!Array.isArray(operand) || operand.length === 0)
        return refuse('must be a list of values, and not an empty one');
      return operand.flatMap((item: unknown, index) => some(`${at}[${index}]`, equals(item)));
    case '$exists':
      if (typeof operand !== 'boolean') return refuse('must be true or false');
      return some(at, (value) => value !== undefined, !operand);
    case '$size':
      if (!Number.isSafeInteger(operand) || (operand as number) < 0) return refuse('must be a whole number from 0');
      return some(at, (value) => Array.isArray(value) && value.length === operand);
    case '$regex':
      return compileRegex(operand, block['$options'], at, say);
    case '$not': {
      if (!hasOperator(operand)) {
        return refuse('must hold operators, for example $not: { $gt: 5 }; for "is not this value" write $ne');
      }
      const inner = compileTests(operand, at, say);
      return [{ where: at, holdsAt: (root, path, work) => !inner.every(({ holdsAt }) => holdsAt(root, path, work)) }];
    }
    default:
      return compileItems(operand, at, say);
  }
}

function compileRegex(pattern: unknown, options: unknown, at: string, say: Say): FieldCondition[] {
  if (typeof pattern !== 'string') say(at, 'must be a text');
  if (options !== undefined && typeof options !== 'string') say(at, 'has $options that are not a text');
  if (typeof pattern !== 'string' || (options !== undefined && typeof options !== 'string')) return [];
  const test = compileExpression(pattern, options ?? '');
  if (typeof test !== 'string') return some(at, eachOf(test));
  say(at, test);
  return [];
}

/** `$elemMatch`: one item of a list that meets all conditions together. */
function compileItems(operand: unknown, at: string, say: Say): FieldCondition[] {
  const hasFieldOperator = isBlock(operand) && Object.keys(operand).some((key) => OPERATORS.includes(key));
  const conditions = hasFieldOperator
    ? compileTests(operand, at, say).map(
        ({ holdsAt }): Condition['holds'] =>
          (item, work) =>
            holdsAt(item, [], work),
      )
    : compileQuery(operand, at, itemPath, say).map(({ holds }) => holds);
  return some(at, (value, work) => {
    if (!Array.isArray(value)) return false;
    return (value as readonly unknown[]).some((item) => {
      work.spend(STEPS_PER_VALUE);
      return conditions.every((holds) => holds(item, work));
    });
  });
}

function documentPath(key: string, at: string, say: Say): string[] | undefined {
  const path = itemPath(key, at, say);
  const [field = '', ...rest] = path ?? [];
  if (path === undefined) return undefined;
  if (NESTED.includes(field) || (SINGLE.includes(field) && rest.length === 0)) {
    // Names of headers have no case, and are stored in lower case.
    return field === 'headers' ? [field, ...rest.map((name) => name.toLowerCase())] : path;
  }
  const known = `Known: ${SINGLE.join(', ')}, headers.<name>, data.<path>`;
  say(
    at,
    SINGLE.includes(field)
      ? `${field} is a single value; nothing is below it`
      : `starts with no field of an event. ${known}`,
  );
  return undefined;
}

function itemPath(key: string, at: string, say: Say): string[] | undefined {
  const path = parsePath(key);
  if (path === undefined) say(at, 'is not a path; write keys with a dot between, at most 20 of them');
  return path;
}
