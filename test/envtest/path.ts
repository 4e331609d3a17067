/** `npm run -s envtest:path`: prints the folder of the control plane's binaries, and nothing else. */
import { assetsFolder } from './assets.ts';

console.log(assetsFolder());
