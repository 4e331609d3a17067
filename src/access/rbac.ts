/**
 * The RBAC manifest: a service account with exactly the rights that the given units say they need, as YAML for `kubectl apply -f`. The same
 * input makes the same text. Names and lists are written as JSON, which YAML reads as is, so that no name can become anything else.
 */
import { type Needs, type Rule, rulesFor } from './rules.ts';

/** What the manifest is for. */
export interface RbacRequest {
  /** Who needs rights: units, or another part under its own name. */
  readonly units: readonly Needs[];
  /** Of the roles and their bindings. @defaultValue 'kube-apiserver-check' */
  readonly name?: string;
  /** Where the service account lives. @defaultValue 'default' */
  readonly namespace?: string;
  /** @defaultValue `name` */
  readonly serviceAccount?: string;
}

/**
 * A ServiceAccount, a ClusterRole for what is of the whole cluster, a Role for each namespace, and their bindings, as YAML documents.
 * Above each rule stands who needs it.
 * @param request - the units and the names to use
 */
export function renderRbac(request: RbacRequest): string {
  const { units, name = 'kube-apiserver-check', namespace = 'default', serviceAccount = name } = request;
  const { cluster, namespaces } = rulesFor(units);
  const subject = { name: serviceAccount, namespace };
  const documents = [
    ['apiVersion: v1', 'kind: ServiceAccount', ...metadata(serviceAccount, namespace)],
    ...(cluster.length > 0 ? [role(name, cluster), binding(name, subject)] : []),
    ...namespaces.flatMap((scope) => [
      role(name, scope.rules, scope.namespace),
      binding(name, subject, scope.namespace),
    ]),
  ];
  return `${head}\n${documents.map((lines) => lines.join('\n')).join('\n---\n')}\n`;
}

const head = `# The rights that kube-apiserver-check needs with this configuration, and no more. Above each rule stands who needs it.
# Made by renderRbac: change the configuration, not this text.`;

const rbacVersion = 'apiVersion: rbac.authorization.k8s.io/v1';

const role = (name: string, rules: readonly Rule[], namespace?: string): readonly string[] => [
  rbacVersion,
  `kind: ${namespace === undefined ? 'ClusterRole' : 'Role'}`,
  ...metadata(name, namespace),
  'rules:',
  ...rules.flatMap(ruleLines),
];

function binding(
  name: string,
  subject: { readonly name: string; readonly namespace: string },
  namespace?: string,
): readonly string[] {
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  return [
    rbacVersion,
    `kind: ${kind}Binding`,
    ...metadata(name, namespace),
    'roleRef:',
    '  apiGroup: rbac.authorization.k8s.io',
    `  kind: ${kind}`,
    `  name: ${scalar(name)}`,
    'subjects:',
    '  - kind: ServiceAccount',
    `    name: ${scalar(subject.name)}`,
    `    namespace: ${scalar(subject.namespace)}`,
  ];
}

function ruleLines({ target, verbs, neededBy }: Rule): readonly string[] {
  const fields =
    'nonResourceUrl' in target
      ? [`nonResourceURLs: ${list([target.nonResourceUrl])}`]
      : [
          `apiGroups: ${list([target.group])}`,
          `resources: ${list([target.resource])}`,
          ...(target.name === undefined ? [] : [`resourceNames: ${list([target.name])}`]),
        ];
  const [first, ...rest] = [...fields, `verbs: ${list(verbs)}`];
  return [`  # ${commentOf(neededBy, verbs)}`, `  - ${first}`, ...rest.map((field) => `    ${field}`)];
}

/** A name is foreign text where a host brings its own units: it must not end the comment. */
function commentOf(neededBy: readonly string[], verbs: readonly string[]): string {
  const who = neededBy.join(', ').replace(/[^\x20-\x7e]+/g, ' ');
  return verbs.includes('create') ? `${who} (create can't be limited to a name)` : who;
}

const metadata = (name: string, namespace?: string): readonly string[] => [
  'metadata:',
  `  name: ${scalar(name)}`,
  ...(namespace === undefined ? [] : [`  namespace: ${scalar(namespace)}`]),
];

/** In ASCII: YAML 1.1, which kubectl reads, breaks lines at more characters than JSON escapes. */
const scalar = (text: string): string =>
  JSON.stringify(text).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
const list = (texts: readonly string[]): string => `[${texts.map(scalar).join(', ')}]`;
