/** Which CronJob a Job was made by, for those that look scheduled. */
import type { KubeEvent } from '../../kube/wire/event.ts';
import { isSameObject, type ObjectLookups } from './lookups.ts';

/** `<CronJob>-<digits>`: the controller ends the name with the scheduled time. No other Job is worth a look-up. */
const scheduledJobName = /.-[0-9]{3,}$/;

export function cronJobOf(job: KubeEvent['object'], lookups: ObjectLookups): string | undefined {
  if (job.kind !== 'Job' || !scheduledJobName.test(job.name)) return undefined;
  const facts = lookups.job(job.namespace, job.name, job.uid);
  if (facts === undefined || !isSameObject(job.uid, facts.uid)) return undefined;
  const owner = facts.ownerReferences.find((reference) => reference.controller);
  if (owner?.kind !== 'CronJob' || !owner.apiVersion.startsWith('batch/') || owner.name === '') return undefined;
  return owner.name;
}
