import { realServerTest } from '../envtest/real.ts';
import { clusterQuotas } from '../scenarios/quotas.ts';
import { realWorld } from './real-world.ts';

realServerTest(
  'cluster quotas of several pages are exact gauges; without them the unit says that this is not OpenShift',
  {},
  (plane) => clusterQuotas(realWorld(plane)),
);
