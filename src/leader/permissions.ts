/** The rights that leading takes: for the RBAC manifest, and for what is said where one is missing. Pure. */
import type { Permission } from '../unit.ts';
import { leaseGroup } from './lease-object.ts';

/** A rule with a name never allows to create, as the name is not known when that is decided: so these are two. */
export function leaderPermissions(lease: {
  readonly leaseName: string;
  readonly namespace: string;
}): readonly Permission[] {
  const { leaseName: name, namespace } = lease;
  const leases = { group: leaseGroup, resource: 'leases', namespace };
  return [
    { ...leases, verbs: ['get', 'update'], name },
    { ...leases, verbs: ['create'] },
  ];
}
