/**
 * Writes docs/configuration.md from the table of keys; a test fails when the page is not what this makes.
 * Run with `node --conditions=kasc-source scripts/render-config-docs.ts`.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { agentKeys } from '../src/config/agent-keys.ts';
import type { Key } from '../src/config/key.ts';
import { keys } from '../src/config/keys.ts';
import { notYet } from '../src/config/not-yet.ts';
import { defaultInCode, defaultInFile } from '../src/config/schema.ts';
import { type Shape, words } from '../src/config/shape.ts';

export const pagePath = fileURLToPath(new URL('../docs/configuration.md', import.meta.url));

const intro = `# Configuration

<!-- Made by scripts/render-config-docs.ts from the table of keys in src/config. Do not edit by hand. -->

A check is configured in code, by the \`config\` option of \`new KubeASCheck({ config })\`, or by an instance of a configuration file, which
\`parseInstanceConfig()\` reads into the same thing. The names in code are in camelCase and count time in milliseconds; the keys in files are
those of the Datadog Agent's \`kubernetes_apiserver\` check where it has them. \`instanceConfigSchema\` is the JSON Schema of such an instance.

\`\`\`yaml
skip_leader_election: true
cluster_name: production
tags: ['env:production']
collect_events: true
\`\`\`

What holds for every key:

- Nothing wrong is passed over. An unknown key, a wrong type, a value out of range: every problem is listed with its path in one error with the
  code \`CONFIG_INVALID\`, for machines in \`details.issues\` too.
- In a file, a dot is a level: \`cluster_agent.enabled: true\` and \`cluster_agent: {enabled: true}\` mean the same; both together are refused.
- Numbers are whole; counts and periods go up to 2147483647 (seconds in a file: 2147483). Booleans are \`true\` and \`false\`: \`"300"\`, \`"true"\` and \`yes\` are texts. A key without a value is refused as well.
- The options of a unit that is switched off (\`collect_events\` absent or \`false\`, \`collect_openshift_clusterquotas: false\`) are checked and have no effect.
- What is marked *not yet* is understood by \`parseInstanceConfig()\` and by the schema, and refused with \`CONFIG_INVALID\` (\`not yet\`) when the
  check is made from it, until a later release does it.
`;

const sections: readonly (readonly [title: string, unit: string])[] = [
  ['The check', ''],
  ['Leadership', 'leader'],
  ['Control plane', 'controlPlane'],
  ['Quotas', 'quotas'],
  ['Events', 'events'],
];

/** The whole page. */
export function renderConfigDocs(): string {
  const tables = sections.map(
    ([title, unit]) => `## ${title}\n\n${keyTable(keys.filter((key) => unitOf(key) === unit))}`,
  );
  return [intro, ...tables, otherKeys()].join('\n');
}

function unitOf(key: Key): string {
  const [first = ''] = key.config.split('.');
  return sections.some(([, unit]) => unit === first) ? first : '';
}

function keyTable(rows: readonly Key[]): string {
  return table(['in a file', 'in code', 'value', 'default', 'meaning'], rows.map(row));
}

function row(key: Key): readonly string[] {
  const inFile = key.file !== undefined;
  const preset = inFile ? defaultInFile(key) : defaultInCode(key);
  const early = notYet.filter(({ path }) => path === key.config);
  return [
    inFile ? `\`${key.file}\`` : '–',
    `\`${key.config}\``,
    value(inFile ? (key.inFile?.shape ?? key.shape) : key.shape) + unit(key),
    key.defaultWords ?? `\`${JSON.stringify(preset)}\``,
    [key.about, ...early.map(({ what, remedy }) => `*Not yet: ${what}; ${remedy}.*`)].join(' '),
  ];
}

function value(shape: Shape): string {
  switch (shape.is) {
    case 'boolean':
      return '`true`, `false`';
    case 'off':
      return '`false`, or its options';
    case 'integer':
      return shape.min === Number.MIN_SAFE_INTEGER ? 'number' : `number ≥ ${shape.min}`;
    case 'choice':
      return [...shape.of.map((one) => `\`${one}\``), ...(shape.or === undefined ? [] : [shape.or])].join(', ');
    case 'text':
      return shape.words.replace(/ \(.*\)$/, '');
    case 'list':
      return [`list, each ${value(shape.of)}`, ...(shape.filled === true ? ['not empty'] : [])].join('; ');
    case 'record':
      return words(shape);
  }
}

function unit(key: Key): string {
  if (key.inFile?.unit === 's') return ' (s)';
  return key.config.endsWith('Ms') ? ' (ms)' : '';
}

function otherKeys(): string {
  const rows = [...agentKeys].map(([name, instead]) => [`\`${name}\``, instead]);
  return `## Keys of the Agent that are not used here\n\nEach is refused, with what to do instead.\n\n${table(['key', 'instead'], rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(pagePath, renderConfigDocs());
