import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Prettier {
  resolveConfig(file: string, options: { editorconfig: boolean }): Promise<object | null>;
  format(text: string, options: object): Promise<string>;
}

/** A text as the project's own Prettier writes it; as it is where the project has none, or it refuses. */
export async function formatText(root: string, file: string, text: string): Promise<string> {
  try {
    const path = createRequire(join(root, 'package.json')).resolve('prettier');
    const loaded = (await import(pathToFileURL(path).href)) as Prettier & { default?: Prettier };
    const prettier = loaded.default ?? loaded;
    const filepath = join(root, file);
    const config = await prettier.resolveConfig(filepath, { editorconfig: true });
    return await prettier.format(text, { ...config, filepath });
  } catch {
    return text;
  }
}
