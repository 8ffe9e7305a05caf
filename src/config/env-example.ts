import { type Variable, variables } from './variables.js';

const head = `# Every environment variable that Hookyard reads, with its default, or a sample where it has none.
# Copy this file to .env and change what you need.
# Made from src/config/variables.ts; a test compares the two.
# Each secret can also be put into a file: set <NAME>_FILE to its path instead of <NAME>.
`;

const webhookSecrets = `# --- Sources ---

# <TYPE>_WEBHOOK_SECRET declares a source of that type at /webhooks/<type>, with what the provider's dashboard calls its
# signing secret, token or public key. Several active secrets: comma between. The type in upper case, "-" as "_":
# STANDARD_WEBHOOKS_WEBHOOK_SECRET. An entry in hookyard.yaml with the same slug wins.
# STRIPE_WEBHOOK_SECRET=
# SHOPIFY_WEBHOOK_SECRET=
# TELEGRAM_WEBHOOK_SECRET=
# GITHUB_WEBHOOK_SECRET=
`;

/** The text of `.env.example`, from the table that validates. */
export function envExample(): string {
  const table: readonly Variable[] = Object.values(variables);
  const sections = [...new Set(table.map(({ section }) => section))];
  const blocks = sections.map((section) => {
    const entries = table.filter((variable) => variable.section === section).map(entry);
    return `# --- ${section} ---\n\n${entries.join('\n')}`;
  });
  return [head, ...blocks, webhookSecrets].join('\n');
}

function entry({ name, about, fallback, sample, secret }: Variable): string {
  const file = secret ? `# Or from a file: ${name}_FILE=\n` : '';
  return `${wrap(about)}\n${file}# ${name}=${fallback ?? sample ?? ''}\n`;
}

/** Comment lines of at most 120 characters. */
function wrap(text: string): string {
  return text.replace(/(.{1,117})(?: |$)/g, '# $1\n').trimEnd();
}
