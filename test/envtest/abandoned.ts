/** A process that starts a control plane, says on one line what it started, and waits to be killed. */
import { startControlPlane } from './control-plane.ts';

const { daemons, folder } = await startControlPlane();
console.log(JSON.stringify({ folder, pids: daemons.map((daemon) => daemon.pid()) }));
setInterval(() => {}, 1_000_000);
