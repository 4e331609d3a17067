/**
 * Finds out whether the cluster has OpenShift's quotas, and at which prefix. An answer, also "none", is remembered for good; an error is
 * not, and is asked again: a failure that passes must not decide for the life of the process.
 */
import { isKubeCheckError } from '../errors.ts';
import type { Unit, UnitContext } from '../unit.ts';

/** `group`: /apis/quota.openshift.io; `oapi`: the old prefix; `none`: 404 or 403 on both. */
export type OpenShiftLevel = 'group' | 'oapi' | 'none';

export interface OpenShiftDetector extends Unit {
  /** @throws KubeCheckError API_* where the server gave no answer to go by; the next call asks again */
  detect(context: UnitContext): Promise<OpenShiftLevel>;
}

const groupPath = '/apis/quota.openshift.io';
const oapiPath = '/oapi';

/** Finds OpenShift. An answer (also "none") is remembered; an error is not, and is asked again. */
export function openShiftDetector(): OpenShiftDetector {
  let known: OpenShiftLevel | undefined;
  const detect = async (context: UnitContext): Promise<OpenShiftLevel> => {
    known ??= await askForLevel(context);
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
  };
}

async function askForLevel(context: UnitContext): Promise<OpenShiftLevel> {
  if (await isServed(groupPath, context)) return 'group';
  return (await isServed(oapiPath, context)) ? 'oapi' : 'none';
}

async function isServed(path: string, { api, signal }: UnitContext): Promise<boolean> {
  try {
    await api.json({ path, signal });
    return true;
  } catch (error) {
    if (isKubeCheckError(error, 'API_ABSENT') || isKubeCheckError(error, 'API_DENIED')) return false;
    throw error;
  }
}
