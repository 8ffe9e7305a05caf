import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { commandReference, commandsOf } from './command-reference.js';
import { createProgram } from './program.js';

const program = createProgram();

describe('the commands', () => {
  it('are documented as they are: npm run docs:commands', () => {
    const page = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');
    expect(page).toBe(commandReference(program));
  });

  it.each(commandsOf(program).map(({ name, command }) => [name, command] as const))(
    '%s says what each part means',
    (_name, command) => {
      expect(command.description()).not.toBe('');
      for (const { description } of [...command.options, ...command.registeredArguments])
        expect(description).not.toBe('');
    },
  );
});
