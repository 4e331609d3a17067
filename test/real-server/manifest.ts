/** An RBAC manifest on a real API server: applied, with one verb of one rule taken away, and its service account as a client. */
import assert from 'node:assert/strict';
import { loadAllYaml } from '@kubernetes/client-node';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { ADMIN, LEAST_PRIVILEGED } from '../envtest/credentials.ts';
import { until } from '../envtest/until.ts';

export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: 'ServiceAccount' | 'ClusterRole' | 'ClusterRoleBinding' | 'Role' | 'RoleBinding';
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly PolicyRule[];
}

/** One right: one verb of one rule. */
export interface Right {
  readonly role: ManifestObject;
  readonly rule: PolicyRule;
  readonly verb: string;
}

/** Kubernetes' own reader of YAML, as kubectl would see the text. */
export const readManifest = (yaml: string): readonly ManifestObject[] => loadAllYaml(yaml) as ManifestObject[];

export function rightsOf(manifest: readonly ManifestObject[]): readonly Right[] {
  return manifest.flatMap((role) =>
    (role.rules ?? []).flatMap((rule) => rule.verbs.map((verb) => ({ role, rule, verb }))),
  );
}

/** As `kubectl create -f` does it. */
export async function applyManifest(plane: ControlPlane, manifest: readonly ManifestObject[]): Promise<void> {
  for (const object of manifest) {
    const { status, body } = await plane.request(ADMIN, 'POST', pathOf(object), object);
    assert.equal(status, 201, JSON.stringify(body));
  }
}

/** Takes one right away, runs the work, and gives it back; the authorizer has taken note of each before it goes on. */
export async function without(plane: ControlPlane, right: Right, work: () => Promise<void>): Promise<void> {
  const { role, rule, verb } = right;
  const less = { ...rule, verbs: rule.verbs.filter((other) => other !== verb) };
  const rules = (role.rules ?? []).flatMap((each) => (each !== rule ? [each] : less.verbs.length > 0 ? [less] : []));
  await replaceRole(plane, { ...role, rules });
  await until(`${nameOf(right)} to be taken away`, async () => !(await isAllowed(plane, right)));
  try {
    await work();
  } finally {
    await replaceRole(plane, role);
    await until(`${nameOf(right)} to be given back`, () => isAllowed(plane, right));
  }
}

async function replaceRole(plane: ControlPlane, role: ManifestObject): Promise<void> {
  const { status, body } = await plane.request(ADMIN, 'PUT', `${pathOf(role)}/${role.metadata.name}`, role);
  assert.equal(status, 200, JSON.stringify(body));
}

/** What the real authorizer says of the subject that the role is bound to. */
async function isAllowed(plane: ControlPlane, { role, rule, verb }: Right): Promise<boolean> {
  const { namespace } = role.metadata;
  const path = rule.nonResourceURLs?.[0];
  const resource = {
    verb,
    group: rule.apiGroups?.[0],
    resource: rule.resources?.[0],
    name: rule.resourceNames?.[0],
    namespace,
  };
  const attributes = path === undefined ? { resourceAttributes: resource } : { nonResourceAttributes: { verb, path } };
  return review(plane, role.metadata.name, attributes);
}

/** @param account - of the namespace `default`, as deploy/rbac.yaml has it */
export async function review(plane: ControlPlane, account: string, attributes: object): Promise<boolean> {
  const { body } = await plane.request<{ readonly status: { readonly allowed: boolean } }>(
    ADMIN,
    'POST',
    '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: `system:serviceaccount:default:${account}`,
        groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
        ...attributes,
      },
    },
  );
  return body.status.allowed;
}

/** e.g. `update configmaps in default` */
export function nameOf({ role, rule, verb }: Right): string {
  const { namespace } = role.metadata;
  const what = rule.nonResourceURLs?.[0] ?? rule.resources?.[0];
  return `${verb} ${what}${namespace === undefined ? '' : ` in ${namespace}`}`;
}

const rbac = '/apis/rbac.authorization.k8s.io/v1';

function pathOf({ kind, metadata: { namespace } }: ManifestObject): string {
  const scope = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `${kind === 'ServiceAccount' ? '/api/v1' : rbac}${scope}/${kind.toLowerCase()}s`;
}

/** A kubeconfig with a token that the API server itself gave out for this service account of the namespace `default`. */
export async function serviceAccountConfig(plane: ControlPlane, account: string) {
  const { status, body } = await plane.request<{ readonly status: { readonly token: string } }>(
    ADMIN,
    'POST',
    `/api/v1/namespaces/default/serviceaccounts/${account}/token`,
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } },
  );
  assert.equal(status, 201, JSON.stringify(body));
  const { token } = body.status;
  return { token, kubeConfig: await plane.kubeConfig(LEAST_PRIVILEGED, { token }) };
}
