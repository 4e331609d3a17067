/** What a server says about itself: its version, and the API groups that OpenShift is told by. */
import { type Answer, jsonAnswer, pageNotFound } from './answer.ts';

/** How a cluster serves cluster quotas: as an API group, under OpenShift 3's old prefix, or not at all. */
export type OpenShiftApi = 'group' | 'oapi' | 'none';

export function answerVersion(gitVersion: string): Answer {
  const [major = '', minor = ''] = gitVersion.replace(/^v/, '').split('.');
  return jsonAnswer(200, {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: `${Number(minor) - 1}`,
    gitVersion,
    gitCommit: '$Format:%H$',
    gitTreeState: '',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: 'go1.26.8',
    compiler: 'gc',
    platform: 'linux/amd64',
  });
}

export function answerQuotaGroup(api: OpenShiftApi): Answer {
  if (api !== 'group') return pageNotFound();
  const version = { groupVersion: 'quota.openshift.io/v1', version: 'v1' };
  return jsonAnswer(200, {
    kind: 'APIGroup',
    apiVersion: 'v1',
    name: 'quota.openshift.io',
    versions: [version],
    preferredVersion: version,
  });
}

export function answerOapi(api: OpenShiftApi): Answer {
  return api === 'oapi' ? jsonAnswer(200, { kind: 'APIVersions', versions: ['v1'] }) : pageNotFound();
}
