/** Manifests on a real API server by server-side apply, as `kubectl apply --server-side` sends them. */
import assert from 'node:assert/strict';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { ADMIN } from '../envtest/credentials.ts';

export interface Applicable {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Unknown and doubled fields are refused. @returns the objects as the server holds them then, in the same order */
export async function applyWithoutWarning(
  plane: ControlPlane,
  objects: readonly Applicable[],
): Promise<readonly unknown[]> {
  const applied: unknown[] = [];
  for (const object of objects) {
    const path = `${pathOf(object)}?fieldManager=test&fieldValidation=Strict`;
    const { status, headers, body } = await plane.request(
      ADMIN,
      'PATCH',
      path,
      object,
      'application/apply-patch+yaml', // JSON is YAML.
    );
    assert.ok(status === 200 || status === 201, `${object.kind}: ${status} ${JSON.stringify(body)}`);
    assert.equal(headers['warning'], undefined, object.kind);
    applied.push(body);
  }
  return applied;
}

export function pathOf({ apiVersion, kind, metadata: { name, namespace } }: Applicable): string {
  const prefix = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `${prefix}${scope}/${kind.toLowerCase()}s/${name}`;
}
