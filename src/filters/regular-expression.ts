import { RE2JS } from 're2js';
import type { Work } from './filter.js';

const MAX_PATTERN = 256;
/** Counted repeats multiply: `(a{30}){30}` is 900 instructions. Each costs a step for each character at worst. */
const MAX_INSTRUCTIONS = 500;
const FLAGS: Readonly<Record<string, number>> = {
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
};

/** Whether a text matches, anywhere in it; other values never do. */
export type TextTest = (value: unknown, work: Work) => boolean;

/**
 * Compiles a pattern of RE2, whose time is linear in the text whatever the pattern.
 * @returns why not, as a text, when it is not one or too large.
 */
export function compileExpression(pattern: string, options: string): TextTest | string {
  if (pattern.length > MAX_PATTERN) return `has more than ${MAX_PATTERN} characters`;
  let flags = 0;
  for (const option of options) {
    const flag = FLAGS[option];
    if (flag === undefined)
      return 'has unknown $options; known: i (case), m (^ and $ at lines), s (. takes line breaks)';
    flags |= flag;
  }
  let expression: RE2JS;
  try {
    expression = RE2JS.compile(pattern, flags);
  } catch {
    return 'is not a regular expression of RE2 (which has no lookaround and no back-references)';
  }
  const instructions = expression.programSize();
  if (instructions > MAX_INSTRUCTIONS) return 'is too large: its counted repeats multiply; write less of them';
  return (value, work) => {
    if (typeof value !== 'string') return false;
    work.spend(value.length * instructions);
    return expression.test(value);
  };
}
