import type { Endpoint } from './endpoints.js';

type Json = Record<string, unknown>;

interface Operation {
  readonly summary: string;
  readonly deprecated?: boolean;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Json;
  }[];
  readonly requestBody?: Json;
  readonly responses: Json;
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
code,pre{font:13px/1.5 ui-monospace,monospace}pre{overflow:auto;background:#f4f5f7;padding:.75rem;border-radius:6px}
details{border:1px solid #d5d9df;border-radius:6px;margin:.5rem 0;padding:.5rem .75rem}summary{cursor:pointer}
table{border-collapse:collapse}td{padding:.15rem .75rem .15rem 0;vertical-align:top}.old{text-decoration:line-through}
@media(prefers-color-scheme:dark){body{color:#e6e8eb;background:#14171a}pre{background:#1f2429}details{border-color:#3a4047}}`;

/** The OpenAPI document as one page that needs no script and nothing from elsewhere. */
export function docsPage(document: Json, endpoints: readonly Endpoint[]): string {
  const paths = document['paths'] as Record<string, Record<string, Operation>>;
  const byResource = Map.groupBy(endpoints, ({ path }) => path.split('/')[3] ?? '');
  const sections = [...byResource].map(
    ([resource, all]) =>
      `<h2 id="${escape(resource)}">${escape(resource)}</h2>` +
      all
        .map((endpoint) => section(endpoint, paths[endpoint.path]?.[endpoint.method.toLowerCase()] as Operation))
        .join(''),
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Hookyard API</title><style>${STYLE}</style></head><body><h1>Hookyard management API</h1>
<p>Send <code>Authorization: Bearer &lt;key&gt;</code>. For machines: <a href="/api/openapi.json">openapi.json</a>.</p>
<nav>${[...byResource.keys()].map((name) => `<a href="#${escape(name)}">${escape(name)}</a>`).join(' · ')} · <a href="#schemas">schemas</a></nav>
${sections.join('')}${schemasOf(document)}</body></html>`;
}

/** What answers refer to by name. */
function schemasOf(document: Json): string {
  const { schemas } = document['components'] as { schemas: Record<string, Json> };
  const all = Object.entries(schemas).map(
    ([name, schema]) =>
      `<details id="schema-${escape(name)}"><summary><code>${escape(name)}</code></summary><pre>${escape(JSON.stringify(schema, null, 2))}</pre></details>`,
  );
  return `<h2 id="schemas">schemas</h2>${all.join('')}`;
}

function section({ method, path, role }: Endpoint, operation: Operation): string {
  const parameters = operation.parameters
    .map(({ name, in: where, required, schema }) => {
      const { description: _text, ...rest } = schema;
      return `<tr><td><code>${escape(name)}</code></td><td>${where}${required ? ', required' : ''}</td><td><code>${escape(JSON.stringify(rest))}</code></td></tr>`;
    })
    .join('');
  return `<details><summary><code${operation.deprecated ? ' class="old"' : ''}>${method} ${escape(path)}</code> ${escape(operation.summary)} (${role})</summary>
<table>${parameters}</table>
${operation.requestBody ? `<h4>Body</h4><pre>${escape(JSON.stringify(operation.requestBody['content'], null, 2))}</pre>` : ''}
<h4>Answers</h4><pre>${escape(JSON.stringify(operation.responses, null, 2))}</pre></details>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
