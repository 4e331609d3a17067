/** The id of a check that was given none: equal configurations have equal ids, in any process and whatever the order of their keys. */
import type { ResolvedConfig } from './resolve.ts';

/** `kubernetes_apiserver:` and 16 hex digits of the SHA-256 of the configuration as JSON with sorted keys. */
export function defaultCheckId(resolved: ResolvedConfig): string {
  // Not imported: the module costs more than the rest of the entry point together.
  const { createHash } = process.getBuiltinModule('node:crypto');
  const digest = createHash('sha256').update(canonicalJson(resolved)).digest('hex');
  return `kubernetes_apiserver:${digest.slice(0, 16)}`;
}

/** JSON with sorted keys and without undefined properties. The order of lists counts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
