/** @see https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
const serviceAccountFile = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/** The namespace that this process's service account lives in; outside a cluster `default`. */
export async function serviceAccountNamespace(path: string = serviceAccountFile): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trim() || 'default';
}
