/**
 * Finds out whether the cluster has OpenShift's quotas, and at which prefix. An answer, also "none", is remembered for good; an error is
 * not, and is asked again: a failure that passes must not decide for the life of the process.
 */
import { isKubeCheckError, type KubeCheckError } from '../errors.ts';
import type { Unit, UnitContext } from '../unit.ts';

/** `group`: /apis/quota.openshift.io; `oapi`: the old prefix; `none`: 404 or 403 on both. */
export type OpenShiftLevel = 'group' | 'oapi' | 'none';

export interface OpenShiftDetector extends Unit {
  /** @throws KubeCheckError API_* where the server gave no answer to go by; the next call asks again */
  detect(context: UnitContext): Promise<OpenShiftLevel>;
  /** What it was not allowed to see (403) when it found its answer: with these rights the answer might be another. @defaultValue none */
  readonly denials?: readonly KubeCheckError[];
}

const groupPath = '/apis/quota.openshift.io';
const oapiPath = '/oapi';

/** Finds OpenShift. An answer (also "none") is remembered; an error is not, and is asked again. */
export function openShiftDetector(): OpenShiftDetector {
  let known: OpenShiftLevel | undefined;
  let denials: readonly KubeCheckError[] = [];
  const detect = async (context: UnitContext): Promise<OpenShiftLevel> => {
    if (known) return known;
    const denied: KubeCheckError[] = [];
    known = await askForLevel(context, denied);
    denials = denied;
    return known;
  };
  return {
    name: 'openshift',
    // Discovery is granted to every authenticated user by `system:discovery`, unless an administrator took that away; /oapi never is.
    permissions: [
      { verbs: ['get'], nonResourceUrl: groupPath },
      { verbs: ['get'], nonResourceUrl: oapiPath },
    ],
    detect,
    run: async (context) => void (await detect(context)),
    get denials() {
      return denials;
    },
  };
}

async function askForLevel(context: UnitContext, denied: KubeCheckError[]): Promise<OpenShiftLevel> {
  if (await isServed(groupPath, context, denied)) return 'group';
  return (await isServed(oapiPath, context, denied)) ? 'oapi' : 'none';
}

async function isServed(path: string, { api, signal }: UnitContext, denied: KubeCheckError[]): Promise<boolean> {
  try {
    await api.json({ path, signal });
    return true;
  } catch (error) {
    if (isKubeCheckError(error, 'API_DENIED')) denied.push(error);
    else if (!isKubeCheckError(error, 'API_ABSENT')) throw error;
    return false;
  }
}
