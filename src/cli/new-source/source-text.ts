import type { SchemeTemplate } from './scheme-templates.js';
import type { SourceName } from './source-name.js';

/** What the texts of a new source depend on. */
export interface SourcePlan {
  readonly name: SourceName;
  readonly template: SchemeTemplate;
  /** Of the signature; lower case. */
  readonly header: string;
  /** The sender's page on verifying, `https://…`. */
  readonly docs: string;
  /** In a checkout the parts come from their files, elsewhere all from the package. */
  readonly isCheckout: boolean;
}

/** The description, as code: TypeScript that is JavaScript too. */
export function sourceText(plan: SourcePlan): string {
  const { name, template, header, docs } = plan;
  const inBody = (...path: string[]) => `field(payload, ${path.map((part) => `'${part}'`).join(', ')})`;
  const id = template.idHeader
    ? `({ headers }) => headers['${template.idHeader}']`
    : `({ payload }) => textOf(${inBody('id')})`;
  const lines = [
    `type: '${name.type}'`,
    `docs: '${docs}'`,
    ...(template.isForm ? ['options: signedUrlOptions'] : []),
    `scheme: ${template.factory}(${template.args(header, name)})`,
    ...(template.unsigned ? [`unsigned: [${template.unsigned.map((part) => `'${part}'`).join(', ')}]`] : []),
    `externalId: ${id}`,
    `eventType: ({ payload }) => textOf(${inBody('type')})`,
    `occurredAt: ({ payload }) => dateOf(${inBody('created_at')})`,
    `subject: ({ payload }) => textOf(${template.isForm ? inBody('object_id') : inBody('data', 'id')})`,
  ];
  return `/** ${docs} */
${imports(plan)}

/** ${name.title}. */
export const ${name.constant} = defineSource({
${lines.map((line) => `  ${line},`).join('\n')}
});
`;
}

function imports({ template, isCheckout }: SourcePlan): string {
  const url = template.isForm ? ['signedUrlOptions'] : [];
  if (!isCheckout) {
    const names = ['dateOf', 'defineSource', 'field', template.factory, ...url, 'textOf'];
    return `import { ${names.sort().join(', ')} } from 'hookyard/source';`;
  }
  return [
    "import { defineSource } from '../define-source.js';",
    "import { dateOf, field, textOf } from '../field.js';",
    `import { ${template.factory} } from '../schemes/${template.file}.js';`,
    ...url.map((name) => `import { ${name} } from '../schemes/signed-url.js';`),
  ].join('\n');
}

const ID = 'evt_0001';
const TYPE = 'parcel.delivered';
const CREATED_AT = '2026-11-02T11:59:58Z';
const OBJECT = 'P-7';

/** The name of the fixture's file. */
export const FIXTURE_FILE = 'parcel-delivered.json';

/** A request that the description names in full; the contract signs it. */
export function fixtureText({ name, template }: SourcePlan): string {
  const { idHeader, isForm, bodyFields } = template;
  const headers = {
    'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
    'user-agent': `${name.title.replaceAll(' ', '')}-Webhooks/1.0`,
    ...(idHeader && { [idHeader]: ID }),
  };
  const body = {
    ...(!idHeader && { id: ID }),
    type: TYPE,
    created_at: CREATED_AT,
    data: { id: OBJECT },
    ...bodyFields,
  };
  const form = new URLSearchParams({ id: ID, type: TYPE, created_at: CREATED_AT, object_id: OBJECT });
  const fixture = {
    name: 'a delivered parcel',
    headers,
    ...(isForm ? { rawBody: form.toString() } : { body }),
    expected: {
      type: TYPE,
      externalId: ID,
      subject: OBJECT,
      occurredAt: new Date(CREATED_AT).toISOString(),
      bodyFormat: isForm ? 'form' : 'json',
    },
  };
  return `${JSON.stringify(fixture, null, 2)}\n`;
}

/** The contract suite over that fixture, for an application's own test runner. */
export function specText({ name }: SourcePlan, runner: string): string {
  const { type, constant } = name;
  return `import { describe, it } from '${runner}';
import { describeSource, readFixtures } from 'hookyard/testing';
import { ${constant} } from './${type}.js';

// The contract of every source type: genuine requests pass, forgeries do not, and events are named as the fixtures say.
describeSource(${constant}, readFixtures('fixtures/${type}'), { describe, it });
`;
}
