/** The rights of the rendered manifest and no more, through the proxy: system:masters would be exempt from flow control. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KubeASCheckConfig, renderRbac } from '../../src/index.ts';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { LEAST_PRIVILEGED } from '../envtest/credentials.ts';
import { applyManifest, readManifest, serviceAccountConfig } from '../real-server/manifest.ts';

/** Writes a kubeconfig file for a new service account with these rights, and returns its path. */
export async function leastPrivileged(
  plane: ControlPlane,
  config: KubeASCheckConfig,
  { name, port, folder }: { readonly name: string; readonly port: number; readonly folder: string },
): Promise<string> {
  await applyManifest(plane, readManifest(renderRbac(config, { name })));
  const { token } = await serviceAccountConfig(plane, name);
  const direct = JSON.parse(readFileSync(plane.kubeconfigPath(LEAST_PRIVILEGED, { token }), 'utf8'));
  direct.clusters[0].cluster.server = `https://127.0.0.1:${port}`;
  const path = join(folder, 'kubeconfig');
  writeFileSync(path, JSON.stringify(direct), { mode: 0o600 });
  return path;
}
